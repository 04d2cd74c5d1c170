/** Packs bars into lanes so that none overlaps another of its lane. */

export interface Span {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * The lane of each bar, in the order given. Bars go to the lowest lane that is free where they
 * begin, so that a run of neighbours stays on one line and late ones stand out below it.
 */
export function packLanes(bars: readonly Span[]): { lanes: Int32Array; count: number } {
  const order = bars.map((_, i) => i).sort((a, b) => {
    const [left, right] = [bars[a]!, bars[b]!];
    return left.from - right.from || right.to - right.from - (left.to - left.from) || a - b;
  });
  const lanes = new Int32Array(bars.length);
  const ends: number[] = [];
  for (const i of order) {
    const bar = bars[i]!;
    let lane = ends.findIndex((end) => end <= bar.from);
    if (lane === -1) lane = ends.length;
    ends[lane] = Math.max(bar.to, bar.from);
    lanes[i] = lane;
  }
  return { lanes, count: ends.length };
}

/** How many spans overlap at least one other. */
export function countOverlapping(bars: readonly Span[]): number {
  const order = bars.map((bar, i) => ({ bar, i })).sort((a, b) => a.bar.from - b.bar.from);
  const touched = new Set<number>();
  let widest: { end: number; i: number } | null = null;
  for (const { bar, i } of order) {
    if (widest && bar.from < widest.end) {
      touched.add(i).add(widest.i);
    }
    if (!widest || bar.to > widest.end) widest = { end: bar.to, i };
  }
  return touched.size;
}
