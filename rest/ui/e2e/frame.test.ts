import { describe, expect, it } from 'vitest';
import { api, browser, cable, DEMO, eventually, isAccessible, shot, visit, type Scheme } from './kit';

const PAGES = [
  ['monitor', '/'],
  ['schedules', '/monitor?view=schedules'],
  ['alerts', '/monitor?view=alerts'],
  ['cubes', '/cubes'],
  ['overview', `/cubes/${DEMO}/overview`],
  ['segments', `/cubes/${DEMO}/segments`],
  ['ledger', `/cubes/${DEMO}/ledger`],
  ['definition', `/cubes/${DEMO}/definition`],
  ['insight', '/insight'],
] as const;

describe('frame', () => {
  for (const scheme of ['light', 'dark'] as Scheme[]) {
    it(`every page is accessible, ${scheme}`, async () => {
      const page = await browser({ scheme });
      for (const [name, path] of PAGES) {
        await visit(page, path);
        await page.waitForLoadState('load');
        await page.waitForTimeout(500);
        await isAccessible(page, `${name}, ${scheme}`);
      }
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(ground).toBe(scheme === 'dark' ? 'rgb(18, 22, 28)' : 'rgb(255, 255, 255)');
    });
  }

  it('nothing scrolls sideways on a tablet', async () => {
    const page = await browser({ width: 820, height: 1180 });
    for (const [name, path] of PAGES) {
      await visit(page, path);
      await page.waitForTimeout(400);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(820);
      expect(await page.evaluate(() => document.querySelector('main')!.scrollWidth), name).toBeLessThanOrEqual(820);
    }
  });

  it('goes by keys, and the keys can be switched off', async () => {
    const page = await browser();
    await visit(page, '/');
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.getByRole('heading', { level: 1, name: 'Cubes' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/cubes');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
    await page.keyboard.type('gm');
    expect(new URL(page.url()).pathname).toBe('/cubes');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys' });
    await help.waitFor();
    await isAccessible(page, 'keys');
    await help.getByRole('checkbox', { name: 'Single letters are keys' }).uncheck();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    expect(new URL(page.url()).pathname).toBe('/cubes');
  });

  it('switches tabs by numbers and goes back', async () => {
    const page = await browser();
    await visit(page, `/cubes/${DEMO}/overview`);
    await page.getByRole('navigation', { name: 'Of the cube' }).waitFor();
    await page.keyboard.press('3');
    expect(new URL(page.url()).pathname).toBe(`/cubes/${DEMO}/ledger`);
    await page.keyboard.press('2');
    await page.goBack();
    expect(new URL(page.url()).pathname).toBe(`/cubes/${DEMO}/ledger`);
  });

  it('keeps a chosen theme without a flash', async () => {
    const page = await browser();
    await visit(page, '/');
    const button = page.getByRole('button', { name: /^Theme/ });
    await button.click();
    await button.click();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.reload({ waitUntil: 'commit' });
    await page.waitForFunction(() => document.body !== null);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe('rgb(255, 255, 255)');
  });

  it('shows all times in the zone that is chosen, or that an address names', async () => {
    const page = await browser();
    await visit(page, `/cubes/${DEMO}/segments`);
    const first = page.getByRole('grid', { name: 'Segments and holes' }).getByRole('row').nth(1).locator('time').first();
    const berlin = await first.textContent();
    await page.getByRole('button', { name: /^Time zone/ }).click();
    await page.getByRole('combobox', { name: 'Time zone' }).fill('kolkata');
    await page.keyboard.press('Enter');
    await eventually(async () => (await first.textContent()) !== berlin, 'the zone changes');
    const kolkata = await first.textContent();
    const at = (text: string | null) => Date.parse(`${text!.replace(' ', 'T')}Z`);
    expect(at(kolkata) - at(berlin)).toBe(4.5 * 3_600_000);
    await page.reload();
    await page.waitForFunction((text) => document.querySelector('main')?.textContent?.includes(text!), kolkata);
    await visit(page, `/cubes/${DEMO}/segments?zone=UTC`);
    await first.waitFor();
    expect(at(berlin) - at(await first.textContent())).toBe(3_600_000);
    expect(await page.getByRole('button', { name: 'Time zone: UTC' }).count()).toBe(1);
  });

  it('copies a link that holds the zone', async () => {
    const page = await browser();
    await visit(page, '/monitor?state=finished');
    await page.keyboard.press('y');
    await page.getByText('Copied the link.').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toContain('state=finished');
    expect(link).toContain('zone=Europe/Berlin');
    await visit(page, new URL(link).pathname + new URL(link).search);
    expect(await page.getByRole('button', { name: /^Finished/ }).getAttribute('aria-pressed')).toBe('true');
  });

  it('says so where the server has gone, and recovers', async () => {
    const way = await cable();
    const page = await browser({ origin: way.origin, expected: /ERR_|Failed to load/ });
    await visit(page, '/', way.origin);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('grid', { name: 'Jobs' }).waitFor();
    await way.cut();
    await page.getByText(/Live updates stopped/).waitFor();
    expect(await page.getByRole('grid', { name: 'Jobs' }).getByRole('row').count()).toBeGreaterThan(1);
    await isAccessible(page, 'stale');
    await shot(page, 'stale');
    await way.mend();
    // It may have tried by itself in this very moment.
    await page.getByRole('button', { name: 'Retry now' }).click({ timeout: 2000 }).catch(() => undefined);
    await page.getByText(/Live updates stopped/).waitFor({ state: 'detached' });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.close();
    await way.cut();
  });

  it('shows what an endpoint says when it fails, and tries again', async () => {
    const page = await browser({ expected: /500/ });
    await page.route('**/kylin/api/cubes?*', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: JSON.stringify({ exception: 'The catalog cannot be read.', msg: '' }) }));
    await visit(page, '/cubes');
    await page.getByText('The catalog cannot be read.').waitFor();
    await isAccessible(page, 'failed');
    await page.unroute('**/kylin/api/cubes?*');
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('grid', { name: 'Cubes' }).waitFor();
  });

  it('asks who is there, and does not take just any password', async () => {
    const page = await browser({ expected: /401/ });
    let isIn = false;
    await page.route('**/kylin/api/**', async (route) => {
      const request = route.request();
      if (isIn) return route.fallback();
      const given = request.headers().authorization;
      if (request.url().endsWith('/user/authentication') && given) {
        isIn = given === `Basic ${Buffer.from('ada:löve').toString('base64')}`;
        if (isIn) return route.fulfill({ contentType: 'application/json', body: JSON.stringify({ userDetails: { username: 'ada' } }) });
      }
      return route.fulfill({ status: 401, contentType: 'application/json', body: JSON.stringify({ exception: 'log in first' }) });
    });
    await visit(page, `/cubes/${DEMO}/ledger`);
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password').fill('wrong');
    await isAccessible(page, 'login');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Name or password is wrong.').waitFor();
    await page.getByLabel('Password').fill('löve');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'By partition' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/cubes/${DEMO}/ledger`);
  });

  it('does not know every address', async () => {
    const page = await browser({ expected: /404/ });
    await visit(page, '/cubes/no_such_cube/overview');
    await page.getByText('There is no cube no_such_cube').waitFor();
    await visit(page, '/monitor/01a20dbc-d887-7386-9a56-000000000000');
    await page.getByText('There is no such job').waitFor();
    await visit(page, '/cubes/a/b/c');
    await page.getByText('There is no such page').waitFor();
  });

  it('has a page of the HTTP interface to link to', async () => {
    const page = await browser();
    await visit(page, '/');
    expect(await page.getByRole('link', { name: 'API' }).getAttribute('href')).toBe('/api');
    await api('GET', '/cubes');
  });
});
