/**
 * A browser on a running server, which `KIRIN_URL` names. Its state is made over HTTP; the server
 * of `kirin demo` has the cube that these tests start from.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, expect } from 'vitest';

export const SERVER = process.env.KIRIN_URL ?? 'http://127.0.0.1:7070';
const CHROMIUM = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path)) ?? '';
const SHOTS = process.env.SHOTS;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export type Scheme = 'light' | 'dark';

export interface Options {
  readonly scheme?: Scheme;
  readonly width?: number;
  readonly height?: number;
  /** Where the pages come from, if not from the server itself. */
  readonly origin?: string;
  /** What the console may say, because a test provokes it. */
  readonly expected?: RegExp;
}

const open: { context: BrowserContext; folder: string }[] = [];
const faults: string[] = [];

export async function browser(options: Options = {}): Promise<Page> {
  const folder = mkdtempSync(join(tmpdir(), 'kirin-pages-'));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: CHROMIUM,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    colorScheme: options.scheme ?? 'light',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  open.push({ context, folder });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(15_000);
  page.on('console', (message) => {
    if (message.type() === 'error' && !options.expected?.test(message.text())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.origin !== new URL(options.origin ?? SERVER).origin) faults.push(`request to ${url.origin}`);
  });
  return page;
}

afterEach(async () => {
  const said = faults.splice(0);
  await Promise.all(open.splice(0).map(async ({ context, folder }) => {
    await context.close();
    rmSync(folder, { recursive: true, force: true });
  }));
  expect(said, 'the console is silent').toEqual([]);
});

export async function visit(page: Page, path: string, origin = SERVER): Promise<void> {
  await page.goto(origin + path, { waitUntil: 'domcontentloaded' });
  await page.locator('h1').first().waitFor({ state: 'attached' });
}

/** A way to the server that can be cut, as a cable can. */
export async function cable(): Promise<{ origin: string; cut(): Promise<void>; mend(): Promise<void> }> {
  const { hostname, port } = new URL(SERVER);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(0);
  const own = (server.address() as AddressInfo).port;
  return {
    origin: `http://127.0.0.1:${own}`,
    cut: () => new Promise((resolve) => {
      server.close(() => resolve());
      sockets.forEach((socket) => socket.destroy());
    }),
    mend: () => listen(own),
  };
}

/** No finding of any weight by the rules of WCAG 2.2 AA. */
export async function isAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run(root: Document, options: object): Promise<{ violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[] }> } }).axe;
    const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] });
    return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} (${node.failureSummary.split('\n').slice(1, 2).join('').trim()})`).join('; ')}`);
  });
  expect(found, `accessibility of ${what}`).toEqual([]);
}

export async function shot(page: Page, name: string): Promise<void> {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

export async function api<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${SERVER}/kylin/api${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}

export interface JobShape {
  readonly uuid: string;
  readonly job_status: string;
  readonly related_segment_name: string;
}

export interface CubeShape {
  readonly name: string;
  readonly spec: { cube: Record<string, unknown> };
  readonly segments: {
    readonly name: string;
    readonly uuid: string;
    readonly source_partition_offset_start: Record<string, number>;
    readonly source_partition_offset_end: Record<string, number>;
  }[];
}

export const DEMO = 'flights_cube';
const made: string[] = [];

/** Jobs outlive their cube, so each run has names of its own. */
const RUN = Date.now().toString(36);

/** A cube over the topic of the demo, empty, with few and cheap cuboids or as many as that one. */
export async function newCube(title: string, size: 'small' | 'large' = 'small'): Promise<string> {
  const name = `${title}_${RUN}`;
  const { spec } = await api<CubeShape>('GET', `/cubes/${DEMO}`);
  const cube = { ...spec.cube, name };
  if (size === 'small') {
    const dimensions = ['carrier', 'day_start'];
    Object.assign(cube, { dimensions, aggregation_groups: [{ includes: dimensions, mandatory: [], hierarchies: [], joints: [] }] });
  }
  await api('POST', '/cubes', { cube });
  made.push(name);
  return name;
}

/** Builds the first segments of the demo's cube, one after the other. */
export async function build(cube: string, segments: number): Promise<JobShape[]> {
  const { segments: all } = await api<CubeShape>('GET', `/cubes/${DEMO}`);
  const sorted = [...all].sort((a, b) => a.source_partition_offset_start['0']! - b.source_partition_offset_start['0']!);
  const jobs: JobShape[] = [];
  for (const { source_partition_offset_start: starts, source_partition_offset_end: ends } of sorted.slice(0, segments)) {
    const sum = (map: Record<string, number>) => Object.values(map).reduce((total, one) => total + one, 0);
    jobs.push(await api<JobShape>('PUT', `/cubes/${cube}/build2`, {
      sourceOffsetStart: sum(starts), sourceOffsetEnd: sum(ends), sourcePartitionOffsetStart: starts, sourcePartitionOffsetEnd: ends, buildType: 'BUILD',
    }));
  }
  return jobs;
}

const ENDED = ['FINISHED', 'ERROR', 'DISCARDED', 'STOPPED'];

export async function ended(jobs: readonly JobShape[]): Promise<void> {
  for (const job of jobs) {
    await eventually(async () => ENDED.includes((await api<JobShape>('GET', `/jobs/${job.uuid}`)).job_status), `job ${job.related_segment_name} ends`, 80_000);
  }
}

export async function eventually(check: () => Promise<boolean>, what: string, within = 20_000): Promise<void> {
  const end = Date.now() + within;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Three segments with the middle one deleted. */
export async function cubeWithHole(title: string): Promise<string> {
  const name = await newCube(title);
  await ended(await build(name, 3));
  const { segments } = await api<CubeShape>('GET', `/cubes/${name}`);
  await api('DELETE', `/cubes/${name}/segs/${segments[1]!.uuid}`);
  return name;
}

async function giveUp(name: string): Promise<void> {
  const jobs = await api<JobShape[]>('GET', `/jobs?cubeName=${name}&timeFilter=5&limit=1000`).catch(() => []);
  for (const job of jobs) {
    if (!['FINISHED', 'DISCARDED'].includes(job.job_status)) await api('PUT', `/jobs/${job.uuid}/cancel`).catch(() => undefined);
    await api('DELETE', `/jobs/${job.uuid}/drop`).catch(() => undefined);
  }
  await api('DELETE', `/cubes/${name}/schedule`).catch(() => undefined);
  await api('DELETE', `/cubes/${name}`).catch(() => undefined);
}

afterAll(async () => {
  for (const name of made.splice(0)) await giveUp(name);
});
