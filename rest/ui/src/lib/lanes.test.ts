import { describe, expect, it } from 'vitest';
import { countOverlapping, packLanes } from './lanes';

const span = (from: number, to: number) => ({ from, to });

describe('lanes', () => {
  it('keeps neighbours on one line and puts late ones below', () => {
    const { lanes, count } = packLanes([span(0, 10), span(10, 20), span(5, 15), span(20, 30)]);
    expect([...lanes]).toEqual([0, 0, 1, 0]);
    expect(count).toBe(2);
  });

  it('never overlaps within a lane', () => {
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const bars = Array.from({ length: 800 }, () => {
      const from = random() * 1000;
      return span(from, from + random() * 30);
    });
    const { lanes, count } = packLanes(bars);
    const depth = Math.max(...bars.map((bar) => bars.filter((other) => other.from <= bar.from && bar.from < other.to).length));
    expect(count).toBe(depth);
    bars.forEach((a, i) => bars.forEach((b, j) => {
      if (i < j && lanes[i] === lanes[j]) expect(a.to <= b.from || b.to <= a.from).toBe(true);
    }));
  });

  it('counts those that overlap', () => {
    expect(countOverlapping([span(0, 10), span(10, 20), span(5, 15), span(20, 30)])).toBe(3);
    expect(countOverlapping([span(0, 10), span(10, 20)])).toBe(0);
    expect(countOverlapping([span(0, 100), span(1, 2), span(50, 60)])).toBe(3);
  });
});
