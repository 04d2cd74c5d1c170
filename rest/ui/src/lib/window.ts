/** Which rows of a long list are in view. All rows are equally high. */

export interface Window {
  readonly first: number;
  /** Exclusive. */
  readonly last: number;
  /** Height of the whole list, and where the first row stands in it. */
  readonly height: number;
  readonly top: number;
}

/** Browsers cut elements that are higher; far below their limits the list is compressed instead. */
const MAX_HEIGHT = 8_000_000;

export function windowOf(scroll: number, view: number, rows: number, row: number, spare = 8): Window {
  const full = rows * row;
  const height = Math.min(full, MAX_HEIGHT);
  const travel = Math.max(1, height - view);
  const at = full > height ? (Math.min(scroll, travel) / travel) * (full - view) : scroll;
  const first = Math.max(0, Math.min(rows, Math.floor(at / row) - spare));
  const last = Math.min(rows, Math.ceil((at + view) / row) + spare);
  return { first, last: Math.max(first, last), height, top: full > height ? scroll - (at - first * row) : first * row };
}

/** The inverse: where to scroll so that a row is in view; null if it is already. */
export function scrollTo(index: number, scroll: number, view: number, rows: number, row: number): number | null {
  const full = rows * row;
  const height = Math.min(full, MAX_HEIGHT);
  const factor = full > height ? (height - view) / (full - view) : 1;
  const at = scroll / factor;
  if (index * row < at) return index * row * factor;
  if ((index + 1) * row > at + view) return ((index + 1) * row - view) * factor;
  return null;
}
