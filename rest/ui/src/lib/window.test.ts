import { describe, expect, it } from 'vitest';
import { scrollTo, windowOf } from './window';

describe('window', () => {
  it('covers the view', () => {
    const window = windowOf(2800, 560, 10_000, 28, 4);
    expect(window).toEqual({ first: 96, last: 124, height: 280_000, top: 96 * 28 });
  });

  it('ends with the list', () => {
    expect(windowOf(1e9, 560, 50, 28).last).toBe(50);
    expect(windowOf(0, 560, 0, 28)).toEqual({ first: 0, last: 0, height: 0, top: 0 });
  });

  it('reaches the last of a million rows', () => {
    const [rows, view] = [1_000_000, 600];
    const { height } = windowOf(0, view, rows, 28);
    expect(height).toBe(8_000_000);
    const end = windowOf(height - view, view, rows, 28);
    expect(end.last).toBe(rows);
    expect(end.top + (end.last - end.first) * 28).toBeCloseTo(height, -2);
  });

  it('scrolls only to what is not in view', () => {
    expect(scrollTo(5, 0, 560, 100, 28)).toBeNull();
    expect(scrollTo(30, 0, 560, 100, 28)).toBe(31 * 28 - 560);
    expect(scrollTo(2, 1000, 560, 100, 28)).toBe(56);
    const far = scrollTo(999_999, 0, 600, 1_000_000, 28)!;
    expect(windowOf(far, 600, 1_000_000, 28).last).toBe(1_000_000);
  });
});
