// Builds the console into console/dist, and serves it in development against a gateway that runs beside it.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressFiles } from './compress-files.ts';
import { firstLoad } from './first-load.ts';
import { firstScript } from './first-script.ts';

const gateway = process.env.DOGWATCH_API ?? 'http://127.0.0.1:8090';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), firstScript(), compressFiles(), firstLoad()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // Browsers that know light-dark() (tokens.css).
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Everything is a file of this origin: the content security policy knows no inline code, and no data: but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Tells the server what the code of each page consists of (src/api/console-files.ts).
    manifest: 'manifest.json',
    sourcemap: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      // What nearly every page wants comes in one file and not in twelve: each costs the browser and the gateway a request.
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'common',
              test: /node_modules[\\/](react|react-dom|scheduler|@tanstack[\\/](?!react-table|table-core|react-virtual|virtual-core)[\w-]+)[\\/]|console[\\/]src[\\/](api|design)[\\/]/,
            },
          ],
        },
      },
    },
    chunkSizeWarningLimit: 600,
    reportCompressedSize: false,
  },
  server: {
    port: 5173,
    strictPort: true,
    host: '127.0.0.1',
    proxy: Object.fromEntries(
      ['/api', '/auth', '/tlog', '/healthz', '/readyz'].map((path) => [
        path,
        {
          target: gateway,
          changeOrigin: true,
          // What the browser says of its origin must be what the gateway knows as its own.
          configure: (proxy) =>
            proxy.on('proxyReq', (request) => {
              if (request.getHeader('origin') !== undefined) request.setHeader('origin', new URL(gateway).origin);
            }),
        },
      ]),
    ),
  },
});
