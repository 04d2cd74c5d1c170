/** Segments and holes of a cube as both pictures and the table need them: one source for all three. */
import type { Hole, Partition, Segment } from '../api/types';
import { packLanes, countOverlapping } from '../lib/lanes';
import { rangesOf, total } from '../lib/offsets';
import { depthsOf, fitRange, type Depths } from '../lib/runs';

export type ItemState = 'ready' | 'building' | 'hole';

export interface Item {
  /** Names it in an address: the id of a segment, the name of a hole. */
  readonly id: string;
  readonly index: number;
  readonly state: ItemState;
  readonly name: string;
  readonly segment: Segment | null;
  readonly hole: Hole | null;
  readonly offsets: bigint;
}

export interface EventBar {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly index: number;
  readonly lane: number;
  readonly runs: readonly (readonly [number, number])[];
}

export interface Model {
  /** In the order of their offsets. */
  readonly items: readonly Item[];
  /** By lane, in the order of their beginnings. */
  readonly lanes: readonly (readonly EventBar[])[];
  readonly barOf: ReadonlyMap<number, EventBar>;
  readonly weights: readonly { readonly from: number; readonly to: number; readonly weight: number }[];
  readonly depths: Depths;
  /** All event times, and those of all but a few strays. */
  readonly all: { readonly from: number; readonly to: number } | null;
  readonly bulk: { readonly from: number; readonly to: number } | null;
  readonly overlapping: number;
  readonly holes: number;
  readonly building: number;
}

const MINUTE = 60_000;

export function buildModel(segments: readonly Segment[], holes: readonly Hole[]): Model {
  const unordered = [
    ...segments.map((segment) => ({
      id: segment.uuid ?? segment.name, state: segment.status === 'READY' ? ('ready' as const) : ('building' as const),
      name: segment.name, segment, hole: null, of: segment,
    })),
    ...holes.map((hole) => ({ id: hole.name, state: 'hole' as const, name: hole.name, segment: null, hole, of: hole })),
  ];
  const keyed = unordered.map((item) => ({ item, ranges: rangesOf(item.of) }));
  // Partition by partition: sums would let a partition that grew faster decide.
  keyed.sort((a, b) => {
    for (const range of a.ranges) {
      const other = b.ranges.find((one) => one.partition === range.partition);
      if (other && other.start !== range.start) return other.start < range.start ? 1 : -1;
    }
    return 0;
  });
  const items = keyed.map(({ item: { of: _of, ...item }, ranges }, index): Item => ({ ...item, index, offsets: total(ranges) }));

  const spans = items
    .filter((item) => item.segment !== null && item.segment.input_records > 0 && item.segment.date_range_end > 0)
    .map((item) => ({ from: item.segment!.date_range_start, to: item.segment!.date_range_end + 1, index: item.index }));
  const packed = packLanes(spans);
  const lanes: EventBar[][] = Array.from({ length: packed.count }, () => []);
  const barOf = new Map<number, EventBar>();
  const weights: { from: number; to: number; weight: number }[] = [];
  spans.forEach((span, i) => {
    const segment = items[span.index]!.segment!;
    const runs = segment.event_time_runs?.length ? segment.event_time_runs : [[span.from, span.to] as const];
    const bar = { ...span, lane: packed.lanes[i]!, runs };
    lanes[bar.lane]!.push(bar);
    barOf.set(span.index, bar);
    // How the rows spread over the runs is not told, so evenly.
    const length = runs.reduce((sum, [from, to]) => sum + Math.max(to - from, 1), 0);
    for (const [from, to] of runs) weights.push({ from, to: Math.max(to, from + MINUTE), weight: (segment.input_records * Math.max(to - from, 1)) / length });
  });
  for (const lane of lanes) lane.sort((a, b) => a.from - b.from);
  const all = spans.length === 0 ? null : spans.reduce((sum, span) => ({ from: Math.min(sum.from, span.from), to: Math.max(sum.to, span.to) }), { from: Infinity, to: -Infinity });
  return {
    items, lanes, barOf, weights, all,
    depths: depthsOf(weights),
    bulk: fitRange(weights),
    overlapping: countOverlapping(spans),
    holes: holes.length,
    building: items.filter((item) => item.state === 'building').length,
  };
}

export interface OffsetBar {
  readonly from: number;
  readonly to: number;
  readonly index: number;
  readonly state: ItemState;
}

export interface PartitionRow {
  readonly partition: number;
  /** What `from` and `to` of its bars are relative to. */
  readonly base: bigint;
  /** Relative, from the cube's first offset to the tip. */
  readonly length: number;
  readonly bars: readonly OffsetBar[];
  readonly built: number;
  readonly tip: number | null;
  readonly low: number | null;
  readonly lag: number | null;
  readonly asOf: number;
}

export function buildRows(items: readonly Item[], partitions: readonly Partition[]): PartitionRow[] {
  const found = new Map<number, { start: bigint; end: bigint; index: number; state: ItemState }[]>();
  for (const item of items) {
    for (const range of rangesOf(item.segment ?? item.hole!)) {
      let list = found.get(range.partition);
      if (!list) found.set(range.partition, (list = []));
      list.push({ start: range.start, end: range.end, index: item.index, state: item.state });
    }
  }
  const numbers = new Set([...found.keys(), ...partitions.map((one) => one.partition)]);
  return [...numbers].sort((a, b) => a - b).map((partition) => {
    const bars = (found.get(partition) ?? []).sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    const known = partitions.find((one) => one.partition === partition);
    const start = known?.start ?? known?.low ?? null;
    const first = bars[0]?.start ?? (start === null ? 0n : BigInt(start));
    const base = start !== null && known?.start !== null && BigInt(start) < first ? BigInt(start) : first;
    const last = bars.reduce((end, bar) => (bar.end > end ? bar.end : end), base);
    const tip = known?.tip === null || known?.tip === undefined ? null : BigInt(known.tip);
    const end = tip !== null && tip > last ? tip : last;
    return {
      partition, base,
      length: Math.max(1, Number(end - base)),
      bars: bars.map((bar) => ({ from: Number(bar.start - base), to: Number(bar.end - base), index: bar.index, state: bar.state })),
      built: Number(last - base),
      tip: tip === null ? null : Number(tip - base),
      low: known?.low === null || known?.low === undefined ? null : Number(BigInt(known.low) - base),
      lag: known?.lag ?? null,
      asOf: known?.as_of ?? 0,
    };
  });
}
