import { describe, expect, it } from 'vitest';
import { filterLog, parseLog } from './log';

const output = [
  '2026-11-24 13:26:49.757 reading 28257 offsets: 0:34337..41402',
  '2026-11-24 13:26:49.860 fetching failed, trying again in 2 s',
  'a line without a time',
  '2026-11-24 13:26:50.001 paused by ada',
].join('\n');

describe('log', () => {
  it('reads times in UTC and numbers from 1', () => {
    const lines = parseLog(output);
    expect(lines.map((line) => line.number)).toEqual([1, 2, 3, 4]);
    expect(lines[0]).toMatchObject({ at: Date.parse('2026-11-24T13:26:49.757Z'), text: 'reading 28257 offsets: 0:34337..41402' });
    expect(lines[2]!.at).toBeNull();
    expect(parseLog('')).toEqual([]);
  });

  it('filters by level and text, and keeps numbers', () => {
    const lines = parseLog(output);
    expect(filterLog(lines, 'error', '').map((line) => line.number)).toEqual([2]);
    expect(filterLog(lines, 'warning', '').map((line) => line.number)).toEqual([2, 4]);
    expect(filterLog(lines, 'info', 'OFFSETS').map((line) => line.number)).toEqual([1]);
  });
});
