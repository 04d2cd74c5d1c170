/** A time axis on which long stretches without anything are folded away. */
import type { Span } from './lanes';

export interface Piece extends Span {
  readonly x0: number;
  readonly x1: number;
  readonly isFolded: boolean;
}

export interface FoldedAxis {
  readonly pieces: readonly Piece[];
  x(time: number): number;
}

/** Share of the axis from which a gap is folded. */
const LONG = 0.2;

/** Width of a folded gap, for its sign and its length. */
const FOLD = 92;

function merge(spans: readonly Span[]): Span[] {
  const merged: { from: number; to: number }[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = merged[merged.length - 1];
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else merged.push({ from: span.from, to: span.to });
  }
  return merged;
}

/** Maps `from..to` to `0..width`; gaps between the spans of work fold unless the scale is true. */
export function foldAxis(from: number, to: number, work: readonly Span[], width: number, isTrue: boolean): FoldedAxis {
  const span = Math.max(1, to - from);
  const gaps: Span[] = [];
  let last = from;
  for (const busy of merge(work)) {
    gaps.push({ from: last, to: busy.from });
    last = Math.max(last, busy.to);
  }
  gaps.push({ from: last, to });
  // Of a long gap a little stays at both ends, so that what stands beside it is seen to end.
  const folded = isTrue || work.length === 0 ? [] : gaps.filter((gap) => gap.to - gap.from > span * LONG);
  const hidden = folded.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const scale = Math.max(1, width - folded.length * FOLD) / Math.max(1, span - hidden);

  const pieces: Piece[] = [];
  let x = 0;
  let time = from;
  const add = (until: number, isFolded: boolean) => {
    if (until <= time) return;
    const x1 = x + (isFolded ? FOLD : (until - time) * scale);
    pieces.push({ from: time, to: until, x0: x, x1, isFolded });
    [x, time] = [x1, until];
  };
  for (const gap of folded) {
    add(gap.from, false);
    add(gap.to, true);
  }
  add(to, false);

  return {
    pieces,
    x(at) {
      const piece = pieces.find((candidate) => at <= candidate.to) ?? pieces[pieces.length - 1];
      if (!piece) return 0;
      const share = (at - piece.from) / (piece.to - piece.from);
      return piece.x0 + Math.min(1, Math.max(0, share)) * (piece.x1 - piece.x0);
    },
  };
}
