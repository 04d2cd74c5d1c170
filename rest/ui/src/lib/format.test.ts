import { describe, expect, it } from 'vitest';
import { age, bytes, count, counted, duration, middle, percent, rate, short, wholePercent } from './format';

describe('format', () => {
  it('groups counts, also of 64 bits, and knows unknown from 0', () => {
    expect(count(1198210)).toBe('1,198,210');
    expect(count(9223372036854775807n)).toBe('9,223,372,036,854,775,807');
    expect(count(0)).toBe('0');
    expect(count(null)).toBe('-');
    expect(counted(1n, 'hole')).toBe('1 hole');
    expect(counted(2, 'hole')).toBe('2 holes');
  });

  it('shortens to three figures', () => {
    expect([0, 999, 1000, 1_234_567, 999_999].map((value) => short(value))).toEqual(['0', '999', '1.00 k', '1.23 M', '1.00 M']);
    expect([0, 512, 1536, 19_293_798].map(bytes)).toEqual(['0 B', '512 B', '1.50 KiB', '18.4 MiB']);
    expect(rate(412_345)).toBe('412 k/s');
  });

  it('never rounds up to all or down to nothing', () => {
    expect(percent(9_999_999, 10_000_000)).toBe('99.99 %');
    expect(percent(1, 100_000_000)).toBe('< 0.01 %');
    expect(percent(0, 5)).toBe('0 %');
    expect(percent(5, 5)).toBe('100 %');
    expect(percent(71, 100)).toBe('71 %');
    expect(percent(99.916, 100)).toBe('99.91 %');
    expect(percent(1, 0)).toBe('-');
    expect(wholePercent(99.97)).toBe('99 %');
    expect(wholePercent(0.2)).toBe('1 %');
  });

  it('speaks of durations', () => {
    const shown = [0, 0.35, 340, 8200, 41_000, 130_000, 120_000, 11_100_000, 360_000_000].map(duration);
    expect(shown).toEqual(['0 ms', '0.4 ms', '340 ms', '8.2 s', '41 s', '2 min 10 s', '2 min', '3 h 05 min', '4 d 4 h']);
    expect(duration(999.7)).toBe('1.0 s');
    expect(duration(59_700)).toBe('1 min');
    expect([-5, 42_000, 3_599_000, 90_000_000].map(age)).toEqual(['0 s', '42 s', '59 min', '1 d']);
  });

  it('cuts in the middle', () => {
    expect(middle('1409830324_1409849348', 13)).toBe('140983…849348');
    expect(middle('short', 13)).toBe('short');
  });
});
