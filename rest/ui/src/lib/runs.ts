/** What falls below a pixel is drawn together: 5,000 bars become as many as there are pixels. */
import type { Span } from './lanes';

export interface PixelRun {
  readonly x0: number;
  readonly x1: number;
  /** How many bars stand here, and the first of them. */
  readonly count: number;
  readonly first: number;
}

/** Bars of one lane, in the order of their beginnings, as runs of pixels. */
export function pixelRuns(
  bars: readonly (Span & { readonly index: number })[],
  x: (value: number) => number,
  width: number,
  least = 3,
): PixelRun[] {
  const runs: { x0: number; x1: number; count: number; first: number }[] = [];
  for (const bar of bars) {
    const [x0, x1] = [x(bar.from), x(bar.to)];
    if (x1 < 0 || x0 > width) continue;
    const last = runs[runs.length - 1];
    const isNarrow = x1 - x0 < least;
    if (last && isNarrow && (last.count > 1 || last.x1 - last.x0 < least) && x0 - last.x1 < 1) {
      last.x1 = Math.max(last.x1, x1);
      last.count += 1;
    } else {
      runs.push({ x0, x1: Math.max(x1, x0 + 1), count: 1, first: bar.index });
    }
  }
  return runs;
}

/**
 * The bars of runs as one path, on half pixels, where lines are sharp. A pixel of air keeps
 * neighbours apart.
 */
export function barPath(runs: readonly PixelRun[], y: number, height: number): string {
  return runs
    .map((run) => {
      const [x0, x1] = [Math.round(run.x0), Math.round(run.x1)];
      const width = Math.max(0, x1 - x0 - 2);
      return `M${x0 + 0.5} ${y + 0.5}h${width}v${height - 1}h${-width}z`;
    })
    .join('');
}

/** How many spans overlap, from each instant of `at` to the next one. */
export interface Depths {
  readonly at: Float64Array;
  readonly depth: Int32Array;
}

export function depthsOf(spans: readonly Span[]): Depths {
  const starts = Float64Array.from(spans, (span) => span.from).sort();
  const ends = Float64Array.from(spans, (span) => span.to).sort();
  const at: number[] = [];
  const depth: number[] = [];
  for (let i = 0, j = 0; j < ends.length; ) {
    // What ends where another begins does not overlap it.
    const time = i < starts.length ? Math.min(starts[i]!, ends[j]!) : ends[j]!;
    while (j < ends.length && ends[j]! === time) j += 1;
    while (i < starts.length && starts[i]! === time) i += 1;
    at.push(time);
    depth.push(i - j);
  }
  return { at: Float64Array.from(at), depth: Int32Array.from(depth) };
}

/** The greatest depth within each of `slots` equal parts of `from..to`. */
export function depthSlots({ at, depth }: Depths, from: number, to: number, slots: number): Int32Array {
  const found = new Int32Array(slots);
  const scale = slots / (to - from);
  for (let i = 0; i + 1 < at.length; i += 1) {
    if (depth[i] === 0 || at[i + 1]! <= from || at[i]! >= to) continue;
    const first = Math.max(0, Math.floor((at[i]! - from) * scale));
    const last = Math.max(first, Math.min(slots, Math.ceil((at[i + 1]! - from) * scale)) - 1);
    for (let slot = first; slot <= last && slot < slots; slot += 1) {
      if (depth[i]! > found[slot]!) found[slot] = depth[i]!;
    }
  }
  return found;
}

/** The weight that falls into each of `slots` equal parts of `from..to`. */
export function weightSlots(spans: readonly (Span & { readonly weight: number })[], from: number, to: number, slots: number): Float64Array {
  const weight = new Float64Array(slots);
  const scale = slots / (to - from);
  for (const span of spans) {
    if (span.to <= from || span.from >= to) continue;
    const a = Math.max(0, (span.from - from) * scale);
    const b = Math.min(slots, (span.to - from) * scale);
    const last = Math.min(slots - 1, Math.ceil(b) - 1);
    const perSlot = span.weight / Math.max((span.to - span.from) * scale, 1e-9);
    for (let slot = Math.min(slots - 1, Math.floor(a)); slot <= last; slot += 1) {
      weight[slot]! += perSlot * Math.max(0, Math.min(b, slot + 1) - Math.max(a, slot));
    }
  }
  return weight;
}

/**
 * The range that holds all but `1 - share` of the weight: a single event of 1970 must not squeeze
 * the rest into a pixel. Ends are given up only together with an empty stretch beside them.
 */
export function fitRange(spans: readonly (Span & { readonly weight: number })[], share = 0.999): Span | null {
  const known = spans.filter((span) => span.to > span.from);
  if (known.length === 0) return null;
  const sorted = [...known].sort((a, b) => a.from - b.from);
  const all = sorted.reduce((sum, span) => sum + span.weight, 0);
  const spare = (all * (1 - share)) / 2;
  const full = { from: sorted[0]!.from, to: Math.max(...known.map((span) => span.to)) };

  const trim = (ordered: readonly Span[], weights: readonly number[], edge: (span: Span) => number, start: (span: Span) => number) => {
    let dropped = 0;
    let reach = ordered[0] ? edge(ordered[0]) : 0;
    let best = 0;
    for (let i = 0; i + 1 < ordered.length; i += 1) {
      dropped += weights[i]!;
      if (dropped > spare) break;
      reach = Math.max(reach, edge(ordered[i]!));
      if (start(ordered[i + 1]!) - reach > (full.to - full.from) * 0.2) best = i + 1;
    }
    return best;
  };
  const head = trim(sorted, sorted.map((span) => span.weight), (s) => s.to, (s) => s.from);
  const backwards = [...known].sort((a, b) => b.to - a.to);
  const tail = trim(backwards, backwards.map((span) => span.weight), (s) => -s.from, (s) => -s.to);
  const kept = sorted.slice(head).filter((span) => !backwards.slice(0, tail).includes(span));
  if (kept.length === 0) return full;
  return { from: Math.min(...kept.map((span) => span.from)), to: Math.max(...kept.map((span) => span.to)) };
}
