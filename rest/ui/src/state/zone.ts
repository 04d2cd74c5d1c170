import { computed, signal } from '@preact/signals';
import { clock, date, dateTime, isZone, offsetName, shortTime } from '../lib/time';
import { now } from './clock';
import { stored } from './stored';

export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** The zone a person chose; null follows the browser. */
export const chosenZone = stored<string | null>('zone', (text) => (text && isZone(text) ? text : null), (value) => value);

/** The zone of a shared address. It holds while the page is open and is not kept. */
export const sharedZone = signal<string | null>(null);

export const zone = computed(() => sharedZone.value ?? chosenZone.value ?? browserZone);

export function chooseZone(name: string | null): void {
  sharedZone.value = null;
  chosenZone.value = name;
}

export const zones: readonly string[] = (() => {
  const known = 'supportedValuesOf' in Intl ? Intl.supportedValuesOf('timeZone') : [];
  return ['UTC', ...known.filter((name) => name !== 'UTC')];
})();

const AREAS = ['Africa', 'America', 'Asia', 'Atlantic', 'Australia', 'Europe', 'Indian', 'Pacific'];

/** Browsers list some zones by an old name only, Calcutta for Kolkata, but know both. */
export function findZones(text: string): readonly string[] {
  const wanted = text.trim().toLowerCase().replaceAll(' ', '_');
  if (wanted === '') return [...new Set([browserZone, ...zones])];
  const found = zones.filter((name) => name.toLowerCase().includes(wanted));
  if (found.length > 0) return found;
  const place = wanted.replace(/(^|[_-])[a-z]/g, (letter) => letter.toUpperCase());
  const typed = wanted.split('/').map((part) => part.replace(/(^|[_-])[a-z]/g, (letter) => letter.toUpperCase())).join('/');
  return [typed, ...AREAS.map((area) => `${area}/${place}`)].filter(isZone);
}

export const zoneLabel = computed(() => {
  const name = zone.value;
  const place = name.split('/').pop()!.replaceAll('_', ' ');
  const offset = offsetName(now.value - (now.value % 3_600_000), name);
  return name === 'UTC' ? 'UTC' : `${offset} ${place}`;
});

/** Formats in the chosen zone. Reading them subscribes to it. */
export const show = {
  time: (ms: number) => shortTime(ms, zone.value, minuteNow.value),
  full: (ms: number) => dateTime(ms, zone.value),
  date: (ms: number) => date(ms, zone.value),
  clock: (ms: number, withMs = false) => clock(ms, zone.value, withMs),
  /** The chosen zone and UTC, for tooltips. */
  both: (ms: number) =>
    zone.value === 'UTC'
      ? `${dateTime(ms, 'UTC')} UTC`
      : `${dateTime(ms, zone.value)} ${offsetName(ms, zone.value)}\n${dateTime(ms, 'UTC')} UTC`,
};

/** So that a time of today does not draw its cell anew each second. */
const minuteNow = computed(() => Math.floor(now.value / 60_000) * 60_000);
