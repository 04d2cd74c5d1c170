import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const FIRST_PAINT = 'src/app/first-paint.js';

/**
 * The theme has to be known before the first paint, so its script must block; the server's content
 * policy allows no inline scripts, and Vite hashes only module scripts.
 */
function firstPaint(): Plugin {
  let building = false;
  return {
    name: 'first-paint',
    configResolved(config) {
      building = config.command === 'build';
    },
    buildStart() {
      if (!building) return;
      const source = readFileSync(FIRST_PAINT, 'utf8').replace(/\/\*[^]*?\*\//g, '').trim();
      this.emitFile({ type: 'asset', name: 'first-paint.js', source });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, context) {
        const built = Object.values(context.bundle ?? {}).find((file) => file.fileName.includes('first-paint'));
        const src = built ? `/${built.fileName}` : `/${FIRST_PAINT}`;
        return [{ tag: 'script', attrs: { src }, injectTo: 'head' }];
      },
    },
  };
}

const server = process.env.KIRIN_URL ?? 'http://127.0.0.1:7070';

export default defineConfig({
  plugins: [firstPaint()],
  build: {
    outDir: process.env.KIRIN_UI_OUT ?? 'dist',
    emptyOutDir: true,
    assetsDir: 'assets',
    // The policy of the server allows data: for images only, and hashed files cache better.
    assetsInlineLimit: 0,
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // The server refuses foreign names in Host and Origin.
    proxy: { '/kylin': { target: server, changeOrigin: true, headers: { origin: server } } },
  },
  test: { include: ['src/**/*.test.ts'] },
});
