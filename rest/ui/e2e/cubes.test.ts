import { beforeAll, describe, expect, it } from 'vitest';
import { api, browser, cubeWithHole, DEMO, eventually, isAccessible, newCube, shot, visit, build, ended, type CubeShape, type JobShape, type Scheme } from './kit';

interface HoleShape {
  readonly name: string;
  readonly offsets_count: number;
  readonly source_partition_offset_start: Record<string, number>;
}
const holesOf = (cube: string) => api<HoleShape[]>('GET', `/cubes/${cube}/holes`);

describe('cubes', () => {
  let holed = '';
  beforeAll(async () => {
    holed = await cubeWithHole('e2e_holed');
  });

  it('are listed, filtered and sorted', async () => {
    for (const scheme of ['light', 'dark'] as Scheme[]) {
      const page = await browser({ scheme });
      await visit(page, '/cubes');
      const grid = page.getByRole('grid', { name: 'Cubes' });
      await grid.getByRole('link', { name: DEMO }).waitFor();
      await shot(page, `cubes-${scheme}`);
      await grid.getByRole('button', { name: 'Rows' }).click();
      await grid.getByRole('button', { name: 'Rows' }).click();
      expect(new URL(page.url()).search).toBe('?sort=-rows');
      expect(await grid.getByRole('columnheader', { name: 'Rows' }).getAttribute('aria-sort')).toBe('descending');
      await page.getByRole('button', { name: 'With holes' }).click();
      await grid.getByRole('row').filter({ hasText: holed }).waitFor();
      expect(await grid.getByRole('row').filter({ hasText: holed }).getByRole('link', { name: '1', exact: true }).count()).toBe(1);
      await page.getByRole('searchbox').fill('nothing is named so');
      await page.getByText('No cube matches').waitFor();
    }
  });

  it('show segments by event time and by offset, linked, and in a table', async () => {
    for (const scheme of ['light', 'dark'] as Scheme[]) {
      const page = await browser({ scheme });
      await visit(page, `/cubes/${DEMO}/segments`);
      const time = page.getByRole('group', { name: /^Segments by event time/ });
      const offset = page.getByRole('group', { name: /^Segments by offset: 4 partitions/ });
      await time.waitFor();
      await offset.waitFor();
      expect(await time.getAttribute('aria-label')).toMatch(/\d+ segments, \d+ overlapping/);
      await shot(page, `segments-${scheme}`);
      // A bar is a button whose name reads its facts; arrows walk.
      const bar = time.getByRole('button');
      await bar.focus();
      const first = await bar.getAttribute('aria-label');
      await page.keyboard.press('ArrowRight');
      expect(await bar.getAttribute('aria-label')).not.toBe(first);
      expect(await bar.getAttribute('aria-label')).toMatch(/^Segment .* rows?, .*p0/);
      await page.keyboard.press('Enter');
      const card = page.getByRole('region', { name: /^Segment / });
      await card.getByText('First event').waitFor();
      expect(new URL(page.url()).searchParams.get('seg')).not.toBeNull();
      expect(await page.getByRole('grid', { name: 'Segments and holes' }).locator('[aria-selected=true]').count()).toBe(1);
      await isAccessible(page, `segments, ${scheme}`);
      await page.reload();
      await card.waitFor();
      await card.getByRole('link', { name: 'Ledger' }).click();
      await page.getByRole('region', { name: /^Ledger of segment/ }).getByText('Partition 0').waitFor();
    }
  });

  it('zoom into a range that stays in the address', async () => {
    const page = await browser();
    await visit(page, `/cubes/${DEMO}/segments?view=time`);
    const time = page.getByRole('group', { name: /^Segments by event time/ });
    const box = (await time.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 5 });
    await page.mouse.up();
    const { from, to } = Object.fromEntries(new URL(page.url()).searchParams);
    expect(Number(to) - Number(from)).toBeGreaterThan(0);
    expect(await page.getByRole('group', { name: /^Segments by offset/ }).count()).toBe(0);
    await page.reload();
    await time.waitFor();
    expect(new URL(page.url()).searchParams.get('from')).toBe(from);
    await page.getByRole('link', { name: 'Ask in Insight' }).click();
    await page.getByRole('textbox', { name: 'SQL' }).getByText('TIMESTAMP').first().waitFor();
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('grid', { name: 'Result' }).waitFor();
  });

  it('open a hole, plan, and fill a part and then the rest', async () => {
    const [hole] = await holesOf(holed);
    const page = await browser();
    await visit(page, `/cubes/${holed}/segments?view=offset`);
    await page.getByRole('grid', { name: 'Segments and holes' }).getByRole('row').filter({ hasText: 'Hole' }).click();
    const card = page.getByRole('region', { name: /^Hole / });
    await card.getByText(/Plan, tried but not started: 1 build/).waitFor();
    expect(new URL(page.url()).searchParams.get('hole')).toBe(hole!.name);
    expect(await holesOf(holed)).toHaveLength(1);
    await card.getByLabel('Offsets per piece').fill('10000');
    await card.getByText(/Plan, tried but not started: [2-9] builds/).waitFor();
    await isAccessible(page, 'hole');
    await shot(page, 'hole');
    await card.getByRole('button', { name: 'Copy REST call' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`/cubes/${holed}/holes`);
    await card.getByLabel('Offsets per piece').fill('');
    await card.getByRole('radio', { name: 'Fill a part' }).check();
    const start = hole!.source_partition_offset_start['0']!;
    await card.getByLabel('First offset of partition 0').fill(String(start));
    await card.getByLabel('Last offset of partition 0').fill(String(start - 1));
    await card.getByText('empty').waitFor();
    expect(await card.getByRole('button', { name: 'Fill this part' }).isDisabled()).toBe(true);
    await card.getByLabel('Last offset of partition 0').fill(String(start + 999));
    for (const partition of [1, 2, 3]) {
      await card.getByLabel(`First offset of partition ${partition}`).fill('');
      await card.getByLabel(`Last offset of partition ${partition}`).fill('');
    }
    await card.getByText(/1 build of 1,000 offsets/).waitFor();
    await card.getByRole('button', { name: 'Fill this part' }).click();
    await page.getByText(/^Queued 1 build for hole/).waitFor();
    await eventually(async () => {
      const rest = await holesOf(holed);
      return rest.reduce((sum, one) => sum + one.offsets_count, 0) === hole!.offsets_count - 1000;
    }, 'the part is filled');
    const rest = await holesOf(holed);
    for (const one of rest) {
      await visit(page, `/cubes/${holed}/segments?hole=${one.name}`);
      await card.getByText(/Plan, tried but not started/).waitFor();
      await card.getByRole('button', { name: 'Fill the hole' }).click();
      await page.getByText(/^Queued \d+ builds? for hole/).waitFor();
    }
    await eventually(async () => (await holesOf(holed)).length === 0, 'no hole is left');
    const jobs = await api<JobShape[]>('GET', `/jobs?cubeName=${holed}&timeFilter=5&limit=100`);
    await ended(jobs);
  });

  it('have a ledger that adds up', async () => {
    for (const scheme of ['light', 'dark'] as Scheme[]) {
      const page = await browser({ scheme });
      await visit(page, `/cubes/${DEMO}/ledger`);
      const table = page.getByRole('table', { name: 'Ledger by partition' });
      await table.waitFor();
      expect(await table.getByText('ok').count()).toBe(5);
      await page.getByText(/offsets are explained/).waitFor();
      await page.getByRole('grid', { name: 'Ledger by segment' }).getByRole('row').nth(1).click();
      await page.getByRole('region', { name: /^Ledger of segment/ }).getByText('Partition 3').waitFor();
      await isAccessible(page, `ledger, ${scheme}`);
      await shot(page, `ledger-${scheme}`);
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
      expect(download.suggestedFilename()).toBe(`${DEMO}-ledger.csv`);
    }
  });

  it('show their definition and overview', async () => {
    const page = await browser();
    await visit(page, `/cubes/${DEMO}/definition`);
    await page.getByRole('heading', { name: 'Measures' }).waitFor();
    await page.getByRole('button', { name: 'JSON' }).click();
    await page.getByLabel('Definition as JSON').getByText('"aggregation_groups"').waitFor();
    await visit(page, `/cubes/${DEMO}/overview`);
    await page.getByRole('table', { name: 'Where Kafka and the cube stand, by partition' }).waitFor();
    await page.getByRole('table', { name: 'Recent jobs' }).waitFor();
    await shot(page, 'overview');
  });

  it('are built, disabled, enabled, purged and dropped', async () => {
    const name = await newCube('e2e_life');
    const page = await browser();
    await visit(page, `/cubes/${name}/overview`);
    await page.getByRole('button', { name: 'Build', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await isAccessible(page, 'build');
    await dialog.getByRole('button', { name: 'Offsets by partition' }).click();
    await dialog.getByLabel('Last offset of partition 3').waitFor();
    await dialog.getByRole('button', { name: 'To the tip' }).click();
    await dialog.getByRole('button', { name: 'Build', exact: true }).click();
    await page.getByText(/^Queued build/).waitFor();
    const [job] = await api<JobShape[]>('GET', `/jobs?cubeName=${name}`);
    await ended([job!]);
    await page.getByText('Ready', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Disable' }).first().click();
    await page.getByText('Disabled', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Purge' }).click();
    const purge = dialog.getByRole('button', { name: 'Purge 1 segment' });
    expect(await purge.isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill(name);
    await purge.click();
    await page.getByText(`Purged ${name}.`).waitFor();
    expect((await api<CubeShape>('GET', `/cubes/${name}`)).segments).toHaveLength(0);
    await page.getByRole('button', { name: 'Enable' }).first().click();
    await page.getByText('Empty', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Clone' }).click();
    await dialog.getByLabel('Name of the new cube').fill(`${name}_2`);
    await dialog.getByRole('button', { name: 'Clone' }).click();
    await page.getByText(`Cloned ${name}.`).waitFor();
    await visit(page, `/cubes/${name}_2/overview`);
    await page.getByRole('button', { name: 'Drop' }).click();
    await dialog.getByRole('textbox').fill(`${name}_2`);
    await dialog.getByRole('button', { name: 'Drop 1 cube' }).click();
    await page.getByRole('grid', { name: 'Cubes' }).waitFor();
    await expect(api('GET', `/cubes/${name}_2`)).rejects.toThrow('404');
  });

  it('lose a segment only after a question', async () => {
    const name = await newCube('e2e_delete');
    await ended(await build(name, 3));
    const page = await browser();
    await visit(page, `/cubes/${name}/segments`);
    await page.getByRole('grid', { name: 'Segments and holes' }).getByRole('row').nth(2).click();
    await page.getByRole('region', { name: /^Segment / }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 segment' }).click();
    await page.getByRole('grid', { name: 'Segments and holes' }).getByText('Hole', { exact: true }).waitFor();
    expect(await holesOf(name)).toHaveLength(1);
  });
});
