import { describe, expect, it } from 'vitest';
import { ticks } from './ticks';
import { wall } from './time';

const at = (text: string) => Date.parse(text);

describe('ticks', () => {
  it('lie within the range, in order, and not too dense', () => {
    const zones = ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns', 'Australia/Lord_Howe'];
    for (const zone of zones) {
      for (const span of [40, 9000, 3e5, 4e6, 9e7, 2e9, 8e10, 3e12]) {
        for (const from of [at('2026-03-28T21:17:03Z'), at('2026-10-24T22:00:00Z'), 0, -1e12]) {
          const found = ticks(from, from + span, zone, 1000);
          expect(found.length).toBeLessThanOrEqual(14);
          if (span < 1e12) expect(found.length).toBeGreaterThanOrEqual(2);
          found.forEach((tick, i) => {
            expect(tick.at).toBeGreaterThanOrEqual(from);
            expect(tick.at).toBeLessThanOrEqual(from + span);
            if (i > 0) expect(tick.at).toBeGreaterThan(found[i - 1]!.at);
          });
        }
      }
    }
  });

  it('are round in the zone, not in UTC', () => {
    const found = ticks(at('2026-06-01T00:00:00Z'), at('2026-06-03T00:00:00Z'), 'Asia/Kolkata', 800);
    expect(found.every((tick) => wall(tick.at, 'Asia/Kolkata').minute === 0)).toBe(true);
    expect(found.some((tick) => tick.label === '2 Jun' && tick.major)).toBe(true);
  });

  it('name both of a repeated hour', () => {
    const found = ticks(at('2026-10-24T23:00:00Z'), at('2026-10-25T04:00:00Z'), 'Europe/Berlin', 600, 80);
    expect(found.map((tick) => tick.label)).toContain('02:00 UTC+2');
    expect(found.map((tick) => tick.label)).toContain('02:00 UTC+1');
  });

  it('leave a missing hour out', () => {
    const found = ticks(at('2026-03-29T00:00:00Z'), at('2026-03-29T05:00:00Z'), 'Europe/Berlin', 600, 80);
    expect(found.map((tick) => tick.label.slice(0, 5))).toEqual(['01:00', '03:00', '04:00', '05:00', '06:00', '07:00']);
  });

  it('start months and years at their first day', () => {
    const found = ticks(at('2012-12-20T00:00:00Z'), at('2014-01-10T00:00:00Z'), 'Europe/Berlin', 1200);
    expect(found.map((tick) => tick.label)).toEqual(
      ['2013', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec', '2014'],
    );
  });

  it('are none without room or range', () => {
    expect(ticks(5, 5, 'UTC', 1000)).toEqual([]);
    expect(ticks(0, 1000, 'UTC', 10)).toEqual([]);
  });
});
