/**
 * Ranges of offsets. On the wire and in here the end is exclusive; people read inclusive ends, and
 * `inclusive` is the one place that converts.
 */

export type WireOffset = number | bigint;
export type WireOffsets = Readonly<Record<string, WireOffset>>;

export interface PartitionRange {
  readonly partition: number;
  readonly start: bigint;
  readonly end: bigint;
}

export interface WireRanges {
  readonly source_partition_offset_start?: WireOffsets;
  readonly source_partition_offset_end?: WireOffsets;
}

const cache = new WeakMap<WireRanges, readonly PartitionRange[]>();

/** By partition, without those of which the range is empty. */
export function rangesOf(shape: WireRanges): readonly PartitionRange[] {
  const known = cache.get(shape);
  if (known) return known;
  const starts = shape.source_partition_offset_start ?? {};
  const ends = shape.source_partition_offset_end ?? {};
  const ranges = Object.keys(ends)
    .map((key) => ({ partition: Number(key), start: BigInt(starts[key] ?? 0), end: BigInt(ends[key] ?? 0) }))
    .filter((range) => range.end > range.start)
    .sort((a, b) => a.partition - b.partition);
  cache.set(shape, ranges);
  return ranges;
}

export function length(range: { readonly start: bigint; readonly end: bigint }): bigint {
  return range.end - range.start;
}

export function total(ranges: readonly PartitionRange[]): bigint {
  return ranges.reduce((sum, range) => sum + length(range), 0n);
}

export function inclusive(range: { readonly start: bigint; readonly end: bigint }): { first: bigint; last: bigint } {
  return { first: range.start, last: range.end - 1n };
}

/** The part of a range that both have, or null. */
export function intersect(a: PartitionRange, b: PartitionRange): PartitionRange | null {
  if (a.partition !== b.partition) return null;
  const start = a.start > b.start ? a.start : b.start;
  const end = a.end < b.end ? a.end : b.end;
  return end > start ? { partition: a.partition, start, end } : null;
}

/** How much of a hole Kafka still has, given the log start of each partition. */
export function stillInKafka(range: PartitionRange, low: bigint | null): { kept: PartitionRange | null; gone: bigint } {
  if (low === null || low <= range.start) return { kept: range, gone: 0n };
  if (low >= range.end) return { kept: null, gone: length(range) };
  return { kept: { ...range, start: low }, gone: low - range.start };
}

export type RangeFault = 'not a number' | 'outside of the hole' | 'empty';

/** What a person typed as first and last offset of a part of a hole. */
export function parsePart(hole: PartitionRange, first: string, last: string): PartitionRange | RangeFault {
  const clean = (text: string) => text.replace(/[\s,_]/g, '');
  const [a, b] = [clean(first), clean(last)];
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return 'not a number';
  const [start, end] = [BigInt(a), BigInt(b) + 1n];
  if (end <= start) return 'empty';
  if (start < hole.start || end > hole.end) return 'outside of the hole';
  return { partition: hole.partition, start, end };
}

/** The two maps of a request. */
export function toWire(ranges: readonly PartitionRange[]): Required<WireRanges> {
  const map = (of: (range: PartitionRange) => bigint) =>
    Object.fromEntries(ranges.map((range) => [String(range.partition), of(range)]));
  return { source_partition_offset_start: map((r) => r.start), source_partition_offset_end: map((r) => r.end) };
}
