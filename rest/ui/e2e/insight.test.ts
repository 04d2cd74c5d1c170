import { beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { browser, build, DEMO, ended, api, isAccessible, newCube, shot, visit, type CubeShape, type Scheme } from './kit';

async function write(page: Page, sql: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'SQL' });
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(sql);
}

const address = (sql: string) => `/insight#q=${encodeURIComponent(sql)}`;

describe('insight', () => {
  it('runs SQL and shows the answer, what it is worth and how it was found', async () => {
    for (const scheme of ['light', 'dark'] as Scheme[]) {
      const page = await browser({ scheme });
      await visit(page, '/insight');
      await write(page, 'SELECT carrier, day_start, COUNT(*) AS flights, AVG(dep_delay) AS late FROM flights GROUP BY carrier, day_start ORDER BY 1, 2');
      await page.keyboard.press('ControlOrMeta+Enter');
      const result = page.getByRole('grid', { name: 'Result' });
      await result.waitFor();
      expect(await result.getAttribute('aria-rowcount')).toBe('1001');
      await page.getByText('(the limit)').waitFor();
      await isAccessible(page, `result, ${scheme}`);
      await shot(page, `insight-${scheme}`);
      await page.getByRole('button', { name: 'Scan report' }).click();
      const report = page.getByRole('region', { name: 'Scan report' });
      await report.getByRole('table', { name: 'Segments that were read' }).waitFor();
      await report.getByText('optimize').waitFor();
      await isAccessible(page, `scan report, ${scheme}`);
      await shot(page, `scan-report-${scheme}`);
      expect(new URL(page.url()).hash).toMatch(/^#q=SELECT/);
      await page.reload();
      await page.getByRole('textbox', { name: 'SQL' }).getByText('day_start').first().waitFor();
    }
  });

  it('says what is wrong with a query', async () => {
    const page = await browser({ expected: /500/ });
    await visit(page, address('SELECT no_such_column FROM flights'));
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('alert').getByText(/no_such_column/).waitFor();
    await isAccessible(page, 'error');
    await shot(page, 'insight-error');
  });

  it('runs a selection alone, and copies rows', async () => {
    const page = await browser();
    await visit(page, '/insight');
    await write(page, "SELECT COUNT(*) AS n FROM flights");
    await page.keyboard.press('Enter');
    await page.keyboard.insertText('this is no SQL');
    await page.keyboard.press('ControlOrMeta+Home');
    await page.keyboard.press('Shift+End');
    await page.keyboard.press('ControlOrMeta+Enter');
    const result = page.getByRole('grid', { name: 'Result' });
    await result.waitFor();
    await page.getByRole('button', { name: 'TSV' }).click();
    await page.getByText('Copied 1 row as TSV.').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^n\n\d+$/);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
    expect(download.suggestedFilename()).toBe('answer.csv');
    await page.getByRole('button', { name: 'History' }).click();
    await page.getByRole('complementary').getByText('SELECT COUNT(*) AS n FROM flights').waitFor();
  });

  it('puts columns into the query, keeps queries, and forgets them', async () => {
    const page = await browser();
    await visit(page, '/insight');
    await page.getByRole('button', { name: 'Count its rows' }).click();
    await page.getByRole('textbox', { name: 'SQL' }).getByText('COUNT').waitFor();
    await page.getByRole('button', { name: /^carrier/ }).click();
    await page.getByRole('textbox', { name: 'SQL' }).getByText('carrier').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('e2e query');
    await isAccessible(page, 'save');
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Saved', exact: true }).click();
    await page.getByRole('button', { name: 'e2e query', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Delete e2e query' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 query' }).click();
    await page.getByRole('button', { name: 'e2e query', exact: true }).waitFor({ state: 'detached' });
  });

  it('cancels', async () => {
    // The server never sees this query, so it has none of this id to stop.
    const page = await browser({ expected: /404/ });
    await page.route('**/kylin/api/query', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      await route.continue().catch(() => undefined);
    });
    await visit(page, address('SELECT COUNT(*) FROM flights'));
    await page.getByRole('button', { name: 'Run' }).click();
    const stopped = page.waitForRequest(/\/query\/[^/]+\/stop$/);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await stopped;
    await page.getByText(/^Cancelled after/).waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  describe('with a hole', () => {
    let name = '';
    beforeAll(async () => {
      name = await newCube('e2e_incomplete');
      await ended(await build(name, 3));
      const { segments } = await api<CubeShape>('GET', `/cubes/${name}`);
      await api('DELETE', `/cubes/${name}/segs/${segments[1]!.uuid}`);
    });

    it('says that an answer is incomplete, and where', async () => {
      // The server chooses the cube, so the one with the hole has to be the only one.
      await api('PUT', `/cubes/${DEMO}/disable`);
      try {
        const page = await browser();
        await visit(page, address('SELECT carrier, COUNT(*) AS n FROM flights GROUP BY carrier'));
        await page.getByRole('button', { name: 'Run' }).click();
        const alert = page.getByRole('alert');
        await alert.getByText('Incomplete').waitFor();
        await isAccessible(page, 'incomplete');
        await shot(page, 'incomplete');
        await alert.getByRole('link').click();
        await page.getByRole('region', { name: /^Hole / }).waitFor();
        expect(new URL(page.url()).pathname).toBe(`/cubes/${name}/segments`);
      } finally {
        await api('PUT', `/cubes/${DEMO}/enable`);
      }
    });
  });
});
