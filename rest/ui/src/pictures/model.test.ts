import { describe, expect, it } from 'vitest';
import type { Hole, Partition, Segment } from '../api/types';
import { buildModel, buildRows } from './model';

const maps = (...ranges: [number, number][]) => ({
  source_partition_offset_start: Object.fromEntries(ranges.map(([start], i) => [String(i), start])),
  source_partition_offset_end: Object.fromEntries(ranges.map(([, end], i) => [String(i), end])),
});
const segment = (name: string, from: number, to: number, ...ranges: [number, number][]) =>
  ({ uuid: `id-${name}`, name, status: 'READY', date_range_start: from, date_range_end: to - 1, input_records: 100, ...maps(...ranges) }) as unknown as Segment;
const hole = (name: string, ...ranges: [number, number][]) => ({ name, ...maps(...ranges) }) as unknown as Hole;

describe('model', () => {
  const late = segment('20_30', 1005, 1015, [20, 30]);
  const model = buildModel([segment('0_10', 1000, 1010, [0, 10]), late], [hole('10_20', [10, 20])]);

  it('puts holes between the segments, by their offsets', () => {
    expect(model.items.map((item) => item.name)).toEqual(['0_10', '10_20', '20_30']);
    expect(model.items.map((item) => item.state)).toEqual(['ready', 'hole', 'ready']);
  });

  it('shows overlaps in event time on two lanes', () => {
    expect(model.lanes.map((lane) => lane.map((bar) => bar.index))).toEqual([[0], [2]]);
    expect(model.overlapping).toBe(2);
    expect(model.all).toEqual({ from: 1000, to: 1015 });
  });

  it('gives each partition its own scale, also beyond 2^53', () => {
    const far = 9007199254740993n;
    const rows = buildRows(
      buildModel([{ ...segment('a', 1, 2), source_partition_offset_start: { '3': far }, source_partition_offset_end: { '3': far + 5n } } as Segment], []).items,
      [{ partition: 3, low: far + 2n, tip: far + 9n, high: far + 9n, start: far, end: far + 5n, lag: 4, as_of: 1 }, { partition: 4, low: 0, tip: 7, high: 7, start: 0, end: 0, lag: 7, as_of: 1 }] as Partition[],
    );
    expect(rows[0]).toMatchObject({ partition: 3, base: far, length: 9, built: 5, tip: 9, low: 2, bars: [{ from: 0, to: 5, index: 0 }] });
    expect(rows[1]).toMatchObject({ partition: 4, length: 7, built: 0, bars: [] });
  });
});
