import { describe, expect, it } from 'vitest';
import { foldAxis } from './fold';

describe('fold', () => {
  const work = [
    { from: 1000, to: 1010 },
    { from: 1010, to: 1030 },
  ];

  it('folds a long wait and keeps the order', () => {
    const axis = foldAxis(0, 1030, work, 1000, false);
    expect(axis.pieces.map((piece) => piece.isFolded)).toEqual([true, false]);
    expect(axis.x(0)).toBe(0);
    expect(axis.x(1030)).toBeCloseTo(1000);
    expect(axis.x(1010) - axis.x(1000)).toBeGreaterThan(250);
  });

  it('is linear on its true scale', () => {
    const axis = foldAxis(0, 1030, work, 1030, true);
    expect(axis.pieces).toHaveLength(1);
    expect(axis.x(515)).toBeCloseTo(515);
  });

  it('never goes backwards', () => {
    const axis = foldAxis(0, 5000, [{ from: 10, to: 60 }, { from: 2000, to: 2100 }, { from: 2050, to: 2300 }], 700, false);
    let last = -1;
    for (let time = 0; time <= 5000; time += 10) {
      expect(axis.x(time)).toBeGreaterThanOrEqual(last);
      last = axis.x(time);
    }
  });

  it('has nothing to fold around while nothing has begun', () => {
    expect(foldAxis(0, 100, [], 700, false).pieces).toHaveLength(1);
  });

  it('keeps short gaps', () => {
    expect(foldAxis(0, 100, [{ from: 10, to: 60 }, { from: 70, to: 100 }], 700, false).pieces).toHaveLength(1);
  });
});
