import { beforeAll, describe, expect, it } from 'vitest';
import { api, browser, build, DEMO, ended, eventually, isAccessible, newCube, shot, visit, type JobShape, type Scheme } from './kit';

const grid = { name: 'Jobs' } as const;

describe('monitor', () => {
  let cube = '';
  beforeAll(async () => {
    cube = await newCube('e2e_monitor');
    await ended(await build(cube, 2));
  });

  it('counts, filters and keeps both in the address', async () => {
    const page = await browser();
    await visit(page, '/');
    const jobs = page.getByRole('grid', grid);
    await jobs.waitFor();
    const number = async (state: string) => Number((await page.getByRole('button', { name: new RegExp(`^${state} `) }).textContent())!.replace(/\D/g, ''));
    await eventually(async () => (await number('All')) > 0, 'counts are there');
    const all = await number('All');
    expect(await jobs.getAttribute('aria-rowcount')).toBe(String(all + 1));
    const discarded = await number('Discarded');
    await page.getByRole('button', { name: /^Discarded/ }).click();
    await eventually(async () => (await jobs.getAttribute('aria-rowcount')) === String(discarded + 1), 'only discarded ones');
    await page.getByRole('button', { name: /^Finished/ }).click({ modifiers: ['ControlOrMeta'] });
    expect(new URL(page.url()).search).toBe('?state=finished,discarded');
    await page.getByLabel('Cube', { exact: true }).selectOption(cube);
    await eventually(async () => (await jobs.getAttribute('aria-rowcount')) === '3', 'two of this cube');
    await page.reload();
    await eventually(async () => (await jobs.getAttribute('aria-rowcount')) === '3', 'two of this cube after a reload');
    await page.getByRole('searchbox', { name: /^Filter/ }).fill('no such job');
    await page.getByText('No job matches').waitFor();
    await isAccessible(page, 'no match');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await eventually(async () => Number(await jobs.getAttribute('aria-rowcount')) >= all + 1, 'all again');
  });

  it('opens a job by keys: its steps on a time line, its log, its parameters', async () => {
    for (const scheme of ['light', 'dark'] as Scheme[]) {
      const page = await browser({ scheme });
      await visit(page, `/monitor?cube=${DEMO}&state=finished`);
      await page.getByRole('grid', grid).waitFor();
      await shot(page, `monitor-${scheme}`);
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      const pane = page.getByRole('region', { name: 'Job' });
      await pane.getByRole('log').getByText(/partition 0/).first().waitFor();
      expect(await pane.getByRole('button', { name: /^Step \d: .*finished/ }).count()).toBe(3);
      await isAccessible(page, `job, ${scheme}`);
      await shot(page, `job-${scheme}`);
      await pane.getByRole('button', { name: /^Step 2/ }).click();
      await pane.getByText(/^Log of step 2/).waitFor();
      expect(new URL(page.url()).searchParams.get('step')).toBe('1');
      await pane.getByRole('button', { name: /^Step 1/ }).click();
      await pane.getByRole('log').getByText(/partition 2/).first().waitFor();
      await pane.getByRole('searchbox', { name: 'Filter the log' }).fill('partition 2');
      await eventually(async () => (await pane.getByRole('log').getByText(/partition 0/).count()) === 0, 'only lines that match');
      await pane.getByRole('log').locator('[data-line]').first().click();
      expect(new URL(page.url()).searchParams.get('line')).toMatch(/^\d+$/);
      await pane.getByRole('link', { name: 'Parameters' }).click();
      const offsets = pane.getByRole('table', { name: 'Fixed offsets of the job' });
      if ((await offsets.count()) > 0) expect(await offsets.getByRole('row').count()).toBe(6);
      await page.keyboard.press('Escape');
      await pane.waitFor({ state: 'detached' });
    }
  });

  it('pauses, resumes and discards a build, and drops it', async () => {
    const name = await newCube('e2e_actions', 'large');
    const page = await browser();
    await visit(page, `/monitor?cube=${name}`);
    await page.getByText(/No job/).first().waitFor();
    const queued = await build(name, 6);
    const last = queued.at(-1)!;
    const row = page.getByRole('grid', grid).getByRole('row').filter({ hasText: last.related_segment_name });
    await row.click();
    const pane = page.getByRole('region', { name: 'Job' });
    await pane.getByRole('button', { name: 'Pause' }).click();
    await pane.getByText('Stopped').first().waitFor();
    await isAccessible(page, 'paused job');
    await pane.getByRole('button', { name: 'Resume' }).click();
    await pane.getByText(/Pending|Running/).first().waitFor();
    await pane.getByRole('button', { name: 'Pause' }).click();
    await pane.getByText('Stopped').first().waitFor();
    await pane.getByRole('button', { name: 'Discard' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/become a hole/).waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Cancel');
    await isAccessible(page, 'discard');
    await shot(page, 'discard');
    await page.keyboard.press('Escape');
    expect((await api<JobShape>('GET', `/jobs/${last.uuid}`)).job_status).toBe('STOPPED');
    await pane.getByRole('button', { name: 'Discard' }).click();
    await dialog.getByRole('button', { name: 'Discard 1 build' }).click();
    await pane.getByText('Discarded').first().waitFor();
    await pane.getByRole('button', { name: 'Drop' }).click();
    await dialog.getByRole('button', { name: 'Drop 1 job' }).click();
    await pane.waitFor({ state: 'detached' });
    await row.waitFor({ state: 'detached' });
    await ended(queued.slice(0, -1));
  });

  it('acts on several, and says what it skips', async () => {
    const page = await browser();
    const name = await newCube('e2e_several', 'large');
    const jobs = await build(name, 5);
    for (const job of jobs.slice(2)) await api('PUT', `/jobs/${job.uuid}/pause`);
    await ended(jobs);
    await visit(page, `/monitor?cube=${name}`);
    await page.getByRole('grid', grid).waitFor();
    for (const box of await page.getByRole('checkbox', { name: /^Select/ }).all()) await box.check();
    const bar = page.getByRole('toolbar', { name: 'Selected jobs' });
    await bar.getByText('5 jobs selected').waitFor();
    await bar.getByRole('button', { name: 'Discard 3' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('2 jobs are skipped:').waitFor();
    await isAccessible(page, 'several');
    await dialog.getByRole('button', { name: 'Discard 3 builds' }).click();
    await page.getByText('Discarded 3 jobs.').waitFor();
    await eventually(async () => /Discarded\s*3/.test((await page.getByRole('button', { name: /^Discarded/ }).textContent()) ?? ''), 'counts follow');
  });

  it('shows a running build live', async () => {
    const name = await newCube('e2e_live', 'large');
    const page = await browser();
    await visit(page, `/monitor?cube=${name}`);
    await page.getByText('Live', { exact: true }).waitFor();
    const jobs = await build(name, 4);
    const rows = page.getByRole('grid', grid).getByRole('row');
    // Nobody reloads: the rows come, run and end by themselves.
    await eventually(async () => (await rows.count()) === 5, 'four rows');
    await page.getByRole('grid', grid).getByText('Running').first().waitFor();
    await rows.filter({ hasText: 'Running' }).first().click().catch(() => undefined);
    await shot(page, 'running');
    await ended(jobs);
    await eventually(async () => (await rows.filter({ hasText: 'Finished' }).count()) === 4, 'all are finished');
  });

  it('makes, pauses, changes and deletes a schedule', async () => {
    const page = await browser({ expected: /400/ });
    await visit(page, '/monitor?view=schedules');
    await page.getByRole('button', { name: 'New schedule' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Cube', { exact: true }).selectOption(cube);
    await dialog.getByLabel('Every').fill('3h');
    await dialog.getByRole('button', { name: 'Add window' }).click();
    await isAccessible(page, 'schedule form');
    await shot(page, 'schedule');
    await dialog.getByRole('button', { name: 'Save schedule' }).click();
    const row = page.getByRole('row').filter({ hasText: cube });
    await row.getByText(/every 3h, 1 window/).waitFor();
    await row.getByRole('button', { name: 'Pause' }).click();
    await row.getByText('Paused', { exact: true }).waitFor();
    await isAccessible(page, 'schedules');
    await row.getByRole('button', { name: 'Resume' }).click();
    await row.getByRole('button', { name: 'Pause' }).waitFor();
    await row.getByRole('button', { name: 'Edit' }).click();
    await dialog.getByRole('button', { name: 'By a cron line' }).click();
    await dialog.getByLabel('Cron line').fill('0 4 * * *');
    await dialog.getByRole('button', { name: 'Save schedule' }).click();
    await row.getByText('0 4 * * *').waitFor();
    await row.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByRole('button', { name: 'Delete 1 schedule' }).click();
    await row.waitFor({ state: 'detached' });
  });

  it('raises an alert for a paused build, and its link leads there', async () => {
    const name = await newCube('e2e_alert', 'large');
    const jobs = await build(name, 3);
    await api('PUT', `/jobs/${jobs[2]!.uuid}/pause`);
    const page = await browser();
    await visit(page, '/monitor?view=alerts');
    const row = page.getByRole('row').filter({ hasText: name });
    await row.first().waitFor();
    await isAccessible(page, 'alerts');
    await shot(page, 'alerts');
    await row.first().getByRole('link').first().click();
    await page.getByRole('region', { name: 'Job' }).getByText('Stopped').first().waitFor();
    await ended(jobs);
  });

  it('says why it is empty', async () => {
    const page = await browser();
    const name = await newCube('e2e_empty');
    await visit(page, `/monitor?cube=${name}`);
    await page.getByText('No job matches').waitFor();
    await visit(page, `/cubes/${name}/segments`);
    await page.getByText('No segments yet').waitFor();
    await isAccessible(page, 'no segments');
    await api('GET', `/cubes/${DEMO}`);
  });
});
