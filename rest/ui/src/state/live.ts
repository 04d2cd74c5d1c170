/**
 * The stream of events: one for all tabs of a browser, for HTTP/1.1 allows six connections and a
 * stream holds one for ever. The tab that has the lock reads it and tells the others.
 */
import { BASE, loginNeeded } from '../api/client';
import type { Job, Schedule } from '../api/types';
import { parseJson } from '../lib/json';
import { sseReader, type ServerEvent } from '../lib/sse';
import { client } from './data';
import { liveStatus, type LiveStatus } from './live-status';
import { takeJob, takeJobDropped } from './jobs';

/** The server gives a sign of life each 15 s. */
const SILENT = 40_000;
const MAX_RETRY = 15_000;

type Message =
  | { readonly kind: 'events'; readonly events: readonly ServerEvent[]; readonly id: string | null }
  | { readonly kind: 'status'; readonly status: LiveStatus }
  | { readonly kind: 'restart' };

const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('kirin-events') : null;
let lastId: string | null = null;
let waiting: ServerEvent[] = [];
let seen = Date.now();

function tell(message: Message): void {
  take(message);
  channel?.postMessage(message);
}

function take(message: Message): void {
  if (message.kind === 'status') {
    const before = liveStatus.peek().state;
    liveStatus.value = message.status;
    // What happened in the meantime was not told.
    if (message.status.state === 'live' && before === 'stopped') void client.invalidateQueries();
  } else if (message.kind === 'events') {
    lastId = message.id;
    if (waiting.length === 0) scheduleApply();
    waiting.push(...message.events);
  }
}

/** Many events, one drawing. A hidden tab has no frames, so a timer goes along. */
function scheduleApply(): void {
  let isDone = false;
  const run = () => {
    if (isDone) return;
    isDone = true;
    apply();
  };
  requestAnimationFrame(run);
  setTimeout(run, 1000);
}

function apply(): void {
  const events = waiting;
  waiting = [];
  const stale = new Set<string>();
  const cubes = new Set<string>();
  for (const event of events) {
    const data = parseJson(event.data || '{}') as Record<string, unknown>;
    if (event.type === 'job') takeJob(data as unknown as Job, stale);
    else if (event.type === 'job_dropped') takeJobDropped(String(data.uuid), stale);
    else if (event.type === 'schedule') takeSchedule(data as unknown as Schedule, stale);
    else if (event.type === 'schedule_deleted') stale.add('schedules').add('alerts');
    else if (event.type === 'cube') cubes.add(String(data.name));
    else if (event.type === 'reset') return void client.invalidateQueries();
  }
  for (const name of cubes) void client.invalidateQueries({ queryKey: ['cube', name] });
  if (cubes.size > 0) for (const key of ['cubes', 'alerts', 'tables']) stale.add(key);
  for (const key of stale) invalidateSoon(key);
}

function takeSchedule(schedule: Schedule, stale: Set<string>): void {
  client.setQueryData<readonly Schedule[]>(['schedules'], (all) => {
    if (!all) return all;
    const known = all.some((one) => one.cube === schedule.cube);
    return known ? all.map((one) => (one.cube === schedule.cube ? schedule : one)) : [...all, schedule];
  });
  stale.add('schedules').add('alerts');
}

const pending = new Map<string, ReturnType<typeof setTimeout>>();

/** A running job speaks twice a second; lists and counts are read again at most once. */
function invalidateSoon(key: string): void {
  if (pending.has(key)) return;
  pending.set(
    key,
    setTimeout(() => {
      pending.delete(key);
      void client.invalidateQueries({ queryKey: [key] });
    }, 1000),
  );
}

async function follow(signal: AbortSignal): Promise<void> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENT);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENT);
  };
  try {
    const response = await fetch(`${BASE}/events`, {
      headers: { Accept: 'text/event-stream', ...(lastId !== null && { 'Last-Event-ID': lastId }) },
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (response.status === 401) loginNeeded.value = true;
    if (!response.ok || !response.body) throw new Error(`${response.status}`);
    const reader = sseReader();
    const text = response.body.pipeThrough(new TextDecoderStream());
    tell({ kind: 'status', status: { state: 'live', since: Date.now(), retryAt: null } });
    for await (const piece of text) {
      alive();
      const events = reader.push(piece);
      seen = Date.now();
      if (events.length > 0) tell({ kind: 'events', events, id: events[events.length - 1]!.id ?? lastId });
    }
  } finally {
    clearTimeout(timer);
  }
}

let hurry: () => void = () => undefined;

async function lead(signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const started = Date.now();
    await follow(signal).catch(() => undefined);
    if (signal.aborted) return;
    failures = Date.now() - started > 5000 ? 1 : failures + 1;
    const wait = loginNeeded.peek() ? MAX_RETRY : Math.min(MAX_RETRY, 500 * 2 ** failures);
    tell({ kind: 'status', status: { state: 'stopped', since: seen, retryAt: Date.now() + wait } });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

export function retryNow(): void {
  hurry();
  channel?.postMessage({ kind: 'restart' } satisfies Message);
}

export function startLive(): void {
  const end = new AbortController();
  addEventListener('pagehide', () => end.abort());
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
  addEventListener('online', () => retryNow());
  loginNeeded.subscribe((needed) => {
    if (!needed) hurry();
  });
  const start = () => lead(end.signal);
  // Locks exist only on HTTPS and on this machine; without them each tab reads for itself.
  if (!channel || !('locks' in navigator)) return void start();
  channel.onmessage = (event: MessageEvent<Message>) => {
    if (event.data.kind === 'restart') hurry();
    else take(event.data);
  };
  void navigator.locks.request('kirin-events', { ifAvailable: true }, async (lock) => {
    if (lock) return start();
    // The leader may be silent for long, but it is there.
    take({ kind: 'status', status: { state: 'live', since: Date.now(), retryAt: null } });
    void navigator.locks.request('kirin-events', { signal: end.signal }, start).catch(() => undefined);
    return undefined;
  });
}
