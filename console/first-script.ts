// Builds src/first.ts into /first.js by itself: a classic script without imports, so that it runs before anything else of the page is there.
import { join } from 'node:path';
import { build, type Plugin } from 'vite';

const SOURCE = join(import.meta.dirname, 'src', 'first.ts');

/** A plugin that adds `first.js` to the build, and serves it in development. */
export function firstScript(): Plugin {
  return {
    name: 'dogwatch-first-script',
    async generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'first.js', source: await bundled() });
    },
    configureServer({ middlewares }) {
      middlewares.use('/first.js', (_request, response, next) => {
        bundled().then((code) => response.setHeader('content-type', 'text/javascript').end(code), next);
      });
    },
  };
}

async function bundled(): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: { input: SOURCE, output: { format: 'iife', entryFileNames: 'first.js' } },
    },
  });
  const [result] = [made].flat();
  const chunk = result && 'output' in result ? result.output.find((file) => file.type === 'chunk') : undefined;
  if (chunk?.type !== 'chunk') throw new Error('src/first.ts was not built');
  return chunk.code;
}
