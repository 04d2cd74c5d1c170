/** Instants in a chosen zone. All instants are milliseconds since the epoch. */

export interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      era: 'short',
    });
    formats.set(zone, found);
  }
  return found;
}

/** What the platform says, which takes long. */
function slowWall(ms: number, zone: string): Wall {
  const parts: Record<string, string> = {};
  for (const part of format(zone).formatToParts(ms)) parts[part.type] = part.value;
  const year = Number(parts.year);
  return {
    year: parts.era === 'BC' ? 1 - year : year,
    month: Number(parts.month),
    day: Number(parts.day),
    hour: Number(parts.hour),
    minute: Number(parts.minute),
    second: Number(parts.second),
  };
}

function utc(time: Wall): number {
  const date = new Date(0);
  date.setUTCFullYear(time.year, time.month - 1, time.day);
  date.setUTCHours(time.hour, time.minute, time.second, 0);
  return date.getTime();
}

const QUARTER = 900_000;
/** Since 1980 every zone changes its clocks at a quarter of an hour of UTC. */
const REGULAR = Date.UTC(1980, 0, 1);
const offsets = new Map<string, Map<number, number>>();

/** Milliseconds that the zone is ahead of UTC at an instant. */
export function zoneOffset(ms: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const at = ms >= REGULAR ? Math.floor(ms / QUARTER) * QUARTER : Math.floor(ms / 1000) * 1000;
  let known = offsets.get(zone);
  if (!known) offsets.set(zone, (known = new Map()));
  let offset = known.get(at);
  if (offset === undefined) {
    if (known.size > 20_000) known.clear();
    offset = utc(slowWall(at, zone)) - at;
    known.set(at, offset);
  }
  return offset;
}

/** What a clock on a wall of that zone shows. */
export function wall(ms: number, zone: string): Wall {
  const local = new Date(Math.floor(ms / 1000) * 1000 + zoneOffset(ms, zone));
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
  };
}

/**
 * The instant at which the wall shows a time. Of a repeated hour the first; a time that is skipped
 * gives the instant of the jump's other side, as clocks do.
 */
export function instant(time: Wall, zone: string): number {
  const guess = utc(time);
  const before = guess - zoneOffset(guess - 86_400_000, zone);
  const after = guess - zoneOffset(guess + 86_400_000, zone);
  const shows = (ms: number) => ms + zoneOffset(ms, zone) === guess;
  if (shows(before)) return before;
  if (shows(after)) return after;
  return before;
}

const pad = (value: number, width = 2) => String(value).padStart(width, '0');

export function date(ms: number, zone: string): string {
  const time = wall(ms, zone);
  return `${pad(time.year, 4)}-${pad(time.month)}-${pad(time.day)}`;
}

export function clock(ms: number, zone: string, withMs = false): string {
  const time = wall(ms, zone);
  const fraction = withMs ? `.${pad(((ms % 1000) + 1000) % 1000, 3)}` : '';
  return `${pad(time.hour)}:${pad(time.minute)}:${pad(time.second)}${fraction}`;
}

/** `2026-11-21 10:40:12` */
export function dateTime(ms: number, zone: string): string {
  return `${date(ms, zone)} ${clock(ms, zone)}`;
}

/** The same without its date when that is today. */
export function shortTime(ms: number, zone: string, now: number): string {
  return date(ms, zone) === date(now, zone) ? clock(ms, zone) : dateTime(ms, zone);
}

/** `UTC+1`, `UTC+5:30` */
export function offsetName(ms: number, zone: string): string {
  const minutes = Math.round(zoneOffset(ms, zone) / 60_000);
  if (minutes === 0) return 'UTC';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest ? `:${pad(rest)}` : ''}`;
}

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const INPUT = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

/** What a person typed, `2026-11-21 10:40`, as an instant; null if it is none. */
export function parseTime(text: string, zone: string): number | null {
  const match = INPUT.exec(text.trim());
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0));
  const time = { year: year!, month: month!, day: day!, hour: hour!, minute: minute!, second: second! };
  if (time.month < 1 || time.month > 12 || time.day < 1 || time.day > 31 || time.hour > 23 || time.minute > 59) return null;
  return instant(time, zone);
}
