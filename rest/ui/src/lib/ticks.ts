/** Ticks of a time axis at round times of a zone. */
import { date, instant, offsetName, wall, type Wall } from './time';

export interface Tick {
  readonly at: number;
  readonly label: string;
  /** A new day, month or year begins here. */
  readonly major: boolean;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Step = { readonly unit: 'ms' | 's' | 'min' | 'h' | 'd' | 'month' | 'year'; readonly by: number; readonly ms: number };

const STEPS: readonly Step[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((by) => ({ unit: 'ms' as const, by, ms: by })),
  ...[1, 2, 5, 10, 15, 30].map((by) => ({ unit: 's' as const, by, ms: by * SECOND })),
  ...[1, 2, 5, 10, 15, 30].map((by) => ({ unit: 'min' as const, by, ms: by * MINUTE })),
  ...[1, 2, 3, 6, 12].map((by) => ({ unit: 'h' as const, by, ms: by * HOUR })),
  ...[1, 2, 7, 14].map((by) => ({ unit: 'd' as const, by, ms: by * DAY })),
  ...[1, 2, 3, 6].map((by) => ({ unit: 'month' as const, by, ms: by * 30.4 * DAY })),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((by) => ({ unit: 'year' as const, by, ms: by * 365.25 * DAY })),
];

/** Days are counted from a fixed one, so that a step of 7 does not move with the range. */
const FIRST_SUNDAY = Date.UTC(1970, 0, 4);

const midnight = (time: Wall): Wall => ({ ...time, hour: 0, minute: 0, second: 0 });

function addDays(time: Wall, days: number): Wall {
  const moved = new Date(Date.UTC(time.year, time.month - 1, time.day + days));
  return { ...midnight(time), year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
}

function addMonths(time: Wall, months: number): Wall {
  const index = time.year * 12 + (time.month - 1) + months;
  return { ...midnight(time), year: Math.floor(index / 12), month: (index % 12) + 1, day: 1 };
}

function calendarTicks(step: Step, from: number, to: number, zone: string): number[] {
  let time = midnight(wall(from, zone));
  if (step.unit === 'd') {
    const day = Math.round((Date.UTC(time.year, time.month - 1, time.day) - FIRST_SUNDAY) / DAY);
    time = addDays(time, -(((day % step.by) + step.by) % step.by));
  } else if (step.unit === 'month') {
    time = addMonths(time, -((time.month - 1) % step.by));
  } else {
    time = { ...time, year: Math.floor(time.year / step.by) * step.by, month: 1, day: 1 };
  }
  const found: number[] = [];
  for (let guard = 0; guard < 500; guard += 1) {
    const at = instant(time, zone);
    if (at > to) break;
    if (at >= from) found.push(at);
    time =
      step.unit === 'd' ? addDays(time, step.by) : addMonths(time, step.unit === 'month' ? step.by : step.by * 12);
  }
  return found;
}

/**
 * Steps below a day run on in real time and start anew at each midnight of the zone: a repeated hour
 * gets both of its ticks, a missing one gets none.
 */
function clockTicks(step: Step, from: number, to: number, zone: string): number[] {
  const found: number[] = [];
  let day = midnight(wall(from, zone));
  for (let guard = 0; guard < 500; guard += 1) {
    const start = instant(day, zone);
    if (start > to) break;
    day = addDays(day, 1);
    const end = instant(day, zone);
    let at = start + Math.max(0, Math.floor((from - start) / step.ms)) * step.ms;
    for (; at < end && at <= to; at += step.ms) {
      const isRound = step.unit !== 'h' || wall(at, zone).hour % step.by === 0 || step.by === 1;
      if (at >= from && isRound) found.push(at);
    }
  }
  return found;
}

const pad = (value: number, width = 2) => String(value).padStart(width, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function label(step: Step, at: number, zone: string): Omit<Tick, 'at'> {
  const time = wall(at, zone);
  const isMidnight = time.hour === 0 && time.minute === 0 && time.second === 0 && at % 1000 === 0;
  const day = `${time.day} ${MONTHS[time.month - 1]}`;
  const isNewYear = time.month === 1 && time.day === 1;
  switch (step.unit) {
    case 'year':
      return { label: String(time.year), major: true };
    case 'month':
      return isNewYear ? { label: String(time.year), major: true } : { label: MONTHS[time.month - 1]!, major: false };
    case 'd':
      return isNewYear ? { label: String(time.year), major: true } : { label: day, major: time.day === 1 };
    default: {
      if (isMidnight) return { label: isNewYear ? String(time.year) : day, major: true };
      const hours = `${pad(time.hour)}:${pad(time.minute)}`;
      if (step.unit === 'ms') return { label: `${hours}:${pad(time.second)}.${pad(((at % 1000) + 1000) % 1000, 3)}`, major: false };
      return { label: step.unit === 's' ? `${hours}:${pad(time.second)}` : hours, major: false };
    }
  }
}

/** An hour that the clocks repeat, or that follows one they skip, says which one it is. */
function nameChanges(ticks: Tick[], zone: string): Tick[] {
  return ticks.map((tick, i) => {
    const names = [ticks[i - 1], tick, ticks[i + 1]].map((near) => (near ? offsetName(near.at, zone) : null));
    const changes = (names[0] !== null && names[0] !== names[1]) || (names[2] !== null && names[2] !== names[1]);
    const isClose = (other: Tick | undefined) => other !== undefined && Math.abs(other.at - tick.at) < DAY;
    const near = isClose(ticks[i - 1]) || isClose(ticks[i + 1]);
    return changes && near && !tick.major ? { ...tick, label: `${tick.label} ${names[1]}` } : tick;
  });
}

/** At most about `width / gap` ticks within both ends, which are included. */
export function ticks(from: number, to: number, zone: string, width: number, gap = 88): Tick[] {
  if (!(to > from) || width < gap) return [];
  const least = ((to - from) / width) * gap;
  const step = STEPS.find((candidate) => candidate.ms >= least) ?? STEPS[STEPS.length - 1]!;
  const isCalendar = step.unit === 'd' || step.unit === 'month' || step.unit === 'year';
  const found = (isCalendar ? calendarTicks : clockTicks)(step, from, to, zone);
  const named = found.map((at) => ({ at, ...label(step, at, zone) }));
  return isCalendar ? named : nameChanges(named, zone);
}

/** What the ticks leave out: the day or year in which an axis begins. */
export function axisStart(from: number, to: number, zone: string): string {
  return to - from > 60 * DAY ? String(wall(from, zone).year) : date(from, zone);
}
