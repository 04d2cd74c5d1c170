import { brotliCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { browser, DEMO, visit } from './kit';

/** Kilobytes, compressed as well as a server could. */
const FIRST = 160;
const ALL = 500;

describe('budget', () => {
  it(`is ${FIRST} KB for the Monitor and ${ALL} KB for everything`, async () => {
    const page = await browser();
    const sizes = new Map<string, Promise<number>>();
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (!pathname.startsWith('/kylin/')) sizes.set(pathname, response.body().then((body) => brotliCompressSync(body).length).catch(() => 0));
    });
    const sum = async () => (await Promise.all(sizes.values())).reduce((total, one) => total + one, 0) / 1000;
    await visit(page, '/');
    await page.getByRole('grid', { name: 'Jobs' }).waitFor();
    await page.waitForLoadState('load');
    const first = await sum();
    await page.getByRole('link', { name: 'Cubes' }).click();
    await page.getByRole('link', { name: DEMO }).click();
    await page.getByRole('heading', { level: 1, name: DEMO }).waitFor();
    await page.getByRole('link', { name: 'Insight' }).click();
    await page.getByRole('textbox', { name: 'SQL' }).waitFor();
    const all = await sum();
    console.info(`first load ${first.toFixed(1)} KB, everything ${all.toFixed(1)} KB`);
    expect(first).toBeLessThan(FIRST);
    expect(all).toBeLessThan(ALL);
  });
});
