/** What a bar says of itself, to pointers and to screen readers alike. */
import { bytes, count, counted } from '../lib/format';
import { inclusive, rangesOf } from '../lib/offsets';
import { show } from '../state/zone';
import type { Item } from './model';

export function offsetLines(item: Item, most = 6): string[] {
  const ranges = rangesOf(item.segment ?? item.hole!);
  const lines = ranges.slice(0, most).map((range) => {
    const { first, last } = inclusive(range);
    return `p${range.partition}  ${count(first)}..${count(last)}`;
  });
  return ranges.length > most ? [...lines, `and ${counted(ranges.length - most, 'partition')} more`] : lines;
}

export function describe(item: Item): string {
  const { segment, hole } = item;
  if (hole) return `Hole ${hole.name}\n${hole.reason}\n${counted(item.offsets, 'offset')}\n${offsetLines(item).join('\n')}`;
  if (!segment) return item.name;
  if (item.state === 'building') return `Segment ${segment.name}, building\n${counted(item.offsets, 'offset')}\n${offsetLines(item).join('\n')}`;
  const times = segment.input_records > 0 ? `${show.full(segment.date_range_start)} to ${show.full(segment.date_range_end)}` : 'no rows';
  return `Segment ${segment.name}\n${times}\n${counted(segment.input_records, 'row')}, ${bytes(segment.bytes ?? segment.size_kb * 1024)}\n${offsetLines(item).join('\n')}`;
}

export const label = (item: Item) => describe(item).replaceAll('\n', ', ').replaceAll('  ', ' ');
