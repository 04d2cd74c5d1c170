import type { Cube } from '../../api/types';
import { dateTime } from '../../lib/time';

const HOUR = 3_600_000;

export const addressOf = (sql: string): string => `/insight#q=${encodeURIComponent(sql)}`;

export function sqlOf(hash: string): string | null {
  const match = /^#q=(.*)$/.exec(hash);
  if (!match) return null;
  try {
    return decodeURIComponent(match[1]!);
  } catch {
    return null;
  }
}

/** Edges within a bucket of time could not be answered, so they widen to round hours or days. */
export function roundRange(from: number, to: number): [number, number] {
  const unit = to - from > 4 * 24 * HOUR ? 24 * HOUR : HOUR;
  return [Math.floor(from / unit) * unit, Math.ceil(to / unit) * unit];
}

export function questionFor(cube: Cube, from: number, to: number): string {
  const spec = cube.model_spec as { model?: { table?: { name?: string } }; table?: { name?: string } } | undefined;
  const table = spec?.model?.table?.name ?? spec?.table?.name ?? cube.model;
  const [start, end] = roundRange(from, to).map((ms) => dateTime(ms, 'UTC'));
  const time = cube.time_column!;
  return addressOf(`SELECT COUNT(*) AS messages\nFROM ${table}\nWHERE ${time} >= TIMESTAMP '${start}' AND ${time} < TIMESTAMP '${end}'`);
}
