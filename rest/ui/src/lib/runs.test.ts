import { describe, expect, it } from 'vitest';
import { barPath, depthSlots, depthsOf, fitRange, pixelRuns, weightSlots } from './runs';

describe('runs', () => {
  it('join what is narrower than a few pixels', () => {
    const bars = Array.from({ length: 5000 }, (_, index) => ({ from: index, to: index + 1, index }));
    const runs = pixelRuns(bars, (value) => value / 5, 1000);
    expect(runs.length).toBeLessThan(10);
    expect(runs.reduce((sum, run) => sum + run.count, 0)).toBe(5000);
  });

  it('keep wide bars apart', () => {
    const bars = [{ from: 0, to: 10, index: 0 }, { from: 10, to: 20, index: 1 }, { from: 40, to: 41, index: 2 }];
    const runs = pixelRuns(bars, (value) => value, 100);
    expect(runs.map((run) => run.first)).toEqual([0, 1, 2]);
    expect(barPath(runs, 4, 10)).toBe('M0.5 4.5h8v9h-8zM10.5 4.5h8v9h-8zM40.5 4.5h0v9h0z');
  });

  it('leave out what is not in view', () => {
    expect(pixelRuns([{ from: 200, to: 300, index: 0 }], (value) => value, 100)).toEqual([]);
  });

  const two = [{ from: 0, to: 10, weight: 100 }, { from: 5, to: 10, weight: 50 }];

  it('spread the weight', () => {
    expect([...weightSlots(two, 0, 20, 4)]).toEqual([50, 100, 0, 0]);
  });

  it('count what overlaps, not what shares a pixel', () => {
    expect([...depthSlots(depthsOf(two), 0, 20, 4)]).toEqual([1, 2, 0, 0]);
    const neighbours = Array.from({ length: 1000 }, (_, i) => ({ from: i, to: i + 1 }));
    expect([...depthSlots(depthsOf(neighbours), 0, 1000, 3)]).toEqual([1, 1, 1]);
    expect([...depthSlots(depthsOf([...neighbours, { from: 500.2, to: 500.4 }]), 0, 1000, 3)]).toEqual([1, 2, 1]);
    expect([...depthSlots(depthsOf([]), 0, 10, 2)]).toEqual([0, 0]);
  });

  it('fit the bulk and give up a stray', () => {
    const bulk = Array.from({ length: 50 }, (_, i) => ({ from: 1e12 + i * 1e6, to: 1e12 + (i + 1) * 1e6, weight: 1000 }));
    const stray = { from: 0, to: 60_000, weight: 1 };
    expect(fitRange([stray, ...bulk])).toEqual({ from: 1e12, to: 1e12 + 50e6 });
    expect(fitRange(bulk)).toEqual({ from: 1e12, to: 1e12 + 50e6 });
    expect(fitRange([...bulk, { from: 3e12, to: 3e12 + 1, weight: 1 }])).toEqual({ from: 1e12, to: 1e12 + 50e6 });
    expect(fitRange([])).toBeNull();
  });
});
