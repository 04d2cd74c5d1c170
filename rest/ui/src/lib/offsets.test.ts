import { describe, expect, it } from 'vitest';
import { inclusive, intersect, parsePart, rangesOf, stillInKafka, toWire, total } from './offsets';

const hole = { partition: 1, start: 500n, end: 800n };

describe('offsets', () => {
  it('compares partitions as numbers and skips empty ranges', () => {
    const ranges = rangesOf({
      source_partition_offset_start: { '10': 5, '2': 7, '3': 9 },
      source_partition_offset_end: { '10': 6, '2': 9, '3': 9 },
    });
    expect(ranges.map((range) => range.partition)).toEqual([2, 10]);
    expect(total(ranges)).toBe(3n);
  });

  it('starts a partition without a start at 0', () => {
    expect(rangesOf({ source_partition_offset_end: { '0': 4 } })).toEqual([{ partition: 0, start: 0n, end: 4n }]);
  });

  it('shows inclusive ends of exclusive ranges', () => {
    expect(inclusive(hole)).toEqual({ first: 500n, last: 799n });
  });

  it('keeps all digits', () => {
    const [range] = rangesOf({
      source_partition_offset_start: { '0': 9007199254740993n },
      source_partition_offset_end: { '0': 9007199254740995n },
    });
    expect(inclusive(range!)).toEqual({ first: 9007199254740993n, last: 9007199254740994n });
  });

  it('says what Kafka still has', () => {
    expect(stillInKafka(hole, null)).toEqual({ kept: hole, gone: 0n });
    expect(stillInKafka(hole, 641n)).toEqual({ kept: { ...hole, start: 641n }, gone: 141n });
    expect(stillInKafka(hole, 800n)).toEqual({ kept: null, gone: 300n });
  });

  it('reads a part as it is shown', () => {
    expect(parsePart(hole, '500', '799')).toEqual(hole);
    expect(parsePart(hole, '641', '7 99')).toEqual({ partition: 1, start: 641n, end: 800n });
    expect(parsePart(hole, '641', '640')).toBe('empty');
    expect(parsePart(hole, '641', '800')).toBe('outside of the hole');
    expect(parsePart(hole, '', '799')).toBe('not a number');
  });

  it('makes the maps of a request', () => {
    expect(toWire([hole])).toEqual({
      source_partition_offset_start: { '1': 500n },
      source_partition_offset_end: { '1': 800n },
    });
  });

  it('intersects only within a partition', () => {
    expect(intersect(hole, { partition: 1, start: 700n, end: 900n })).toEqual({ partition: 1, start: 700n, end: 800n });
    expect(intersect(hole, { partition: 0, start: 700n, end: 900n })).toBeNull();
    expect(intersect(hole, { partition: 1, start: 800n, end: 900n })).toBeNull();
  });
});
