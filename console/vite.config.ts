// Builds the console into console/dist, and serves it in development against a gateway that runs beside it.
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressFiles } from './compress-files.ts';
import { firstLoad } from './first-load.ts';

const gateway = process.env.DOGWATCH_API ?? 'http://127.0.0.1:8090';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressFiles(), firstLoad()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // Everything is a file of this origin: the content security policy knows no inline code, and no data: but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Tells the server what the code of each page consists of (src/api/console-files.ts).
    manifest: 'manifest.json',
    sourcemap: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      // What asks first is a script of its own, which runs while the rest is still on its way.
      input: [join(import.meta.dirname, 'index.html'), join(import.meta.dirname, 'src/api/early.ts')],
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
