import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { loadEnv } from 'vite';
import { defineConfig } from 'vitest/config';

const GATEWAY = 'http://127.0.0.1:8400';
/** What the gateway answers itself; everything else is the page's. */
const API = ['/api', '/admin', '/channels', '/health', '/metrics', '/docs', '/openapi.json'];

export default defineConfig(({ mode }) => ({
  plugins: [react(), tailwindcss()],
  resolve: { tsconfigPaths: true },
  build: {
    outDir: '../services/gateway/gateway/web',
    emptyOutDir: true,
    target: 'es2022',
    // The content policy of the gateway takes no font and no script from a data: address.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: Object.fromEntries(
      API.map((path) => [
        path,
        {
          target: loadEnv(mode, '.', 'YAA_').YAA_URL ?? GATEWAY,
          // `/channels` is a page and the API's: a browser that goes there wants the page.
          bypass: ({ headers }: { headers: { accept?: string } }) =>
            path === '/channels' && headers.accept?.includes('text/html')
              ? '/index.html'
              : undefined,
        },
      ]),
    ),
  },
  test: { include: ['src/**/*.test.ts'] },
}));
