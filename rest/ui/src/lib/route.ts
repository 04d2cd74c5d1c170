/** Addresses of the pages. `parse(format(route))` is `route`; defaults are left out of an address. */

export const JOB_STATES = ['RUNNING', 'PENDING', 'ERROR', 'STOPPED', 'FINISHED', 'DISCARDED', 'NEW'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const PERIODS = ['today', 'day', 'week', 'month', 'year', 'all'] as const;
export type Period = (typeof PERIODS)[number];

export const JOB_TABS = ['steps', 'parameters'] as const;
export type JobTab = (typeof JOB_TABS)[number];

export const MONITOR_VIEWS = ['jobs', 'schedules', 'alerts'] as const;
export type MonitorView = (typeof MONITOR_VIEWS)[number];

export const CUBE_TABS = ['overview', 'segments', 'ledger', 'definition'] as const;
export type CubeTab = (typeof CUBE_TABS)[number];

export const SEGMENT_VIEWS = ['both', 'time', 'offset'] as const;
export type SegmentView = (typeof SEGMENT_VIEWS)[number];

export const SCALES = ['share', 'offsets'] as const;
export type Scale = (typeof SCALES)[number];

export interface MonitorRoute {
  readonly page: 'monitor';
  readonly view: MonitorView;
  readonly job: string | null;
  readonly tab: JobTab;
  readonly step: number | null;
  readonly line: number | null;
  readonly cube: string | null;
  readonly states: readonly JobState[];
  readonly period: Period;
  readonly text: string;
}

export interface CubesRoute {
  readonly page: 'cubes';
  readonly text: string;
  readonly state: 'ready' | 'disabled' | 'holes' | null;
  /** A column, with `-` before it from the greatest to the least. */
  readonly sort: string;
}

export interface CubeRoute {
  readonly page: 'cube';
  readonly cube: string;
  readonly tab: CubeTab;
  readonly view: SegmentView;
  readonly from: number | null;
  readonly to: number | null;
  readonly segment: string | null;
  readonly hole: string | null;
  readonly scale: Scale;
}

export interface InsightRoute {
  readonly page: 'insight';
}

export interface UnknownRoute {
  readonly page: 'unknown';
  readonly path: string;
}

export type Route = MonitorRoute | CubesRoute | CubeRoute | InsightRoute | UnknownRoute;

export const monitor = (given: Partial<MonitorRoute> = {}): MonitorRoute => ({
  page: 'monitor', view: 'jobs', job: null, tab: 'steps', step: null, line: null, cube: null, states: [], period: 'week', text: '',
  ...given,
});

export const cubes = (given: Partial<CubesRoute> = {}): CubesRoute => ({
  page: 'cubes', text: '', state: null, sort: 'name', ...given,
});

export const cube = (name: string, given: Partial<CubeRoute> = {}): CubeRoute => ({
  page: 'cube', cube: name, tab: 'overview', view: 'both', from: null, to: null, segment: null, hole: null, scale: 'share',
  ...given,
});

export const insight = (): InsightRoute => ({ page: 'insight' });

const oneOf = <T extends string>(all: readonly T[], text: string | null | undefined, otherwise: T): T =>
  all.find((candidate) => candidate === text) ?? otherwise;

const whole = (text: string | null): number | null => (text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : null);

/** The server's own pages, which are not parts of this one. */
export function isServerPath(path: string): boolean {
  return path === '/api' || path.startsWith('/api/') || path.startsWith('/kylin/');
}

export function parse(path: string, search: string): Route {
  const query = new URLSearchParams(search);
  const parts = path.split('/').filter(Boolean).map(decode);
  const [page, name, tab] = parts;
  if (page === undefined || (page === 'monitor' && parts.length <= 2)) {
    const states = (query.get('state') ?? '').toUpperCase().split(',');
    return monitor({
      job: name ?? null,
      view: oneOf(MONITOR_VIEWS, query.get('view'), 'jobs'),
      tab: oneOf(JOB_TABS, query.get('tab'), 'steps'),
      step: whole(query.get('step')),
      line: whole(query.get('line')),
      cube: query.get('cube') || null,
      states: JOB_STATES.filter((state) => states.includes(state)),
      period: oneOf(PERIODS, query.get('time'), 'week'),
      text: query.get('text') ?? '',
    });
  }
  if (page === 'cubes' && parts.length === 1) {
    const state = query.get('state');
    return cubes({
      text: query.get('q') ?? '',
      state: state === 'ready' || state === 'disabled' || state === 'holes' ? state : null,
      sort: query.get('sort') || 'name',
    });
  }
  if (page === 'cubes' && name !== undefined && parts.length <= 3 && (tab === undefined || CUBE_TABS.some((t) => t === tab))) {
    return cube(name, {
      tab: oneOf(CUBE_TABS, tab, 'overview'),
      view: oneOf(SEGMENT_VIEWS, query.get('view'), 'both'),
      from: whole(query.get('from')),
      to: whole(query.get('to')),
      segment: query.get('seg') || null,
      hole: query.get('hole') || null,
      scale: oneOf(SCALES, query.get('scale'), 'share'),
    });
  }
  if (page === 'insight' && parts.length === 1) return insight();
  return { page: 'unknown', path };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function format(route: Route): string {
  const query = new URLSearchParams();
  const set = (key: string, value: string | number | null, otherwise: string | null = null) => {
    if (value !== null && value !== '' && value !== otherwise) query.set(key, String(value));
  };
  switch (route.page) {
    case 'monitor':
      set('view', route.view, 'jobs');
      set('state', JOB_STATES.filter((state) => route.states.includes(state)).join(',').toLowerCase());
      set('cube', route.cube);
      set('time', route.period, 'week');
      set('text', route.text);
      set('tab', route.tab, 'steps');
      set('step', route.step);
      set('line', route.line);
      return join(route.job === null ? '/monitor' : `/monitor/${encodeURIComponent(route.job)}`, query);
    case 'cubes':
      set('q', route.text);
      set('state', route.state);
      set('sort', route.sort, 'name');
      return join('/cubes', query);
    case 'cube':
      set('view', route.view, 'both');
      set('from', route.from);
      set('to', route.to);
      set('seg', route.segment);
      set('hole', route.hole);
      set('scale', route.scale, 'share');
      return join(`/cubes/${encodeURIComponent(route.cube)}/${route.tab}`, query);
    case 'insight':
      return '/insight';
    case 'unknown':
      return route.path;
  }
}

function join(path: string, query: URLSearchParams): string {
  // A comma needs no escape in a query, and lists read better with it.
  const text = query.toString().replaceAll('%2C', ',');
  return text ? `${path}?${text}` : path;
}
