import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { loadEnv, type Plugin, type Rolldown } from 'vite';
import { defineConfig } from 'vitest/config';

const GATEWAY = 'http://127.0.0.1:8400';
/** What the gateway answers itself; everything else is the page's. */
const API = ['/api', '/admin', '/channels', '/health', '/metrics', '/docs', '/openapi.json'];

const INITIAL_MAX_BYTES = 150_000;

/** Fails the build when what comes before the first view, packed, is more than it may be. */
function budget(): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const needed = new Set<Rolldown.OutputChunk>();
      const need = (chunk: Rolldown.OutputChunk) => {
        needed.add(chunk);
        for (const each of chunks) {
          if (chunk.imports.includes(each.fileName) && !needed.has(each)) {
            need(each);
          }
        }
      };
      chunks.filter((chunk) => chunk.isEntry).forEach(need);
      const bytes = [...needed].reduce((sum, { code }) => sum + gzipSync(code).length, 0);
      if (bytes > INITIAL_MAX_BYTES) {
        this.error(
          `the initial JavaScript has ${bytes} bytes packed, at most ${INITIAL_MAX_BYTES}`,
        );
      }
      this.info(`the initial JavaScript has ${bytes} bytes packed`);
    },
  };
}

/** Packs what a browser is sent, once: the gateway hands it out as it is. */
function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    async writeBundle({ dir = '.' }) {
      const files = await readdir(join(dir, 'assets'));
      const texts = files.filter((name) => /\.(js|css)$/.test(name));
      await Promise.all(
        texts.map(async (name) => {
          const path = join(dir, 'assets', name);
          await writeFile(`${path}.gz`, await promisify(gzip)(await readFile(path), { level: 9 }));
        }),
      );
    },
  };
}

export default defineConfig(({ mode }) => ({
  plugins: [react(), tailwindcss(), budget(), packed()],
  resolve: { tsconfigPaths: true },
  build: {
    outDir: '../services/gateway/gateway/web',
    emptyOutDir: true,
    target: 'es2022',
    // The content policy of the gateway takes no font and no script from a data: address.
    assetsInlineLimit: 0,
    // What every page needs comes in one file: it packs better, and takes fewer requests.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'page', tags: ['$initial'] }] } },
    },
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
