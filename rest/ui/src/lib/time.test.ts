import { describe, expect, it } from 'vitest';
import { clock, dateTime, instant, isZone, offsetName, parseTime, shortTime, wall, zoneOffset } from './time';

const at = (text: string) => Date.parse(text);

describe('time', () => {
  it('shows a zone, before and after a change of clocks', () => {
    expect(dateTime(at('2026-10-25T00:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25 02:30:00');
    expect(dateTime(at('2026-10-25T01:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25 02:30:00');
    expect(offsetName(at('2026-10-25T00:30:00Z'), 'Europe/Berlin')).toBe('UTC+2');
    expect(offsetName(at('2026-10-25T01:30:00Z'), 'Europe/Berlin')).toBe('UTC+1');
    expect(offsetName(0, 'Asia/Kolkata')).toBe('UTC+5:30');
    expect(offsetName(0, 'America/New_York')).toBe('UTC-5');
  });

  it('knows each change of clocks to the second', () => {
    for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia', 'America/St_Johns', 'Africa/Casablanca']) {
      const slow = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'medium' });
      for (let ms = at('2010-12-31T23:52:30Z'); ms < at('2012-02-01T00:00:00Z'); ms += 3_601_000) {
        const time = wall(ms, zone);
        const two = (value: number) => String(value).padStart(2, '0');
        expect(`${two(time.day)}/${two(time.month)}/${time.year}, ${two(time.hour)}:${two(time.minute)}:${two(time.second)}`).toBe(slow.format(ms));
      }
    }
  });

  it('finds the instant of a wall time', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Apia']) {
      for (let ms = at('2011-12-25T00:00:00Z'); ms < at('2012-12-31T00:00:00Z'); ms += 7_777_000 * 13) {
        const found = instant(wall(ms, zone), zone);
        expect(wall(found, zone)).toEqual(wall(ms, zone));
      }
    }
  });

  it('takes the first of a repeated hour and jumps over a missing one', () => {
    const time = (day: number, month: number, hour: number) => ({ year: 2026, month, day, hour, minute: 30, second: 0 });
    expect(instant(time(25, 10, 2), 'Europe/Berlin')).toBe(at('2026-10-25T00:30:00Z'));
    expect(instant(time(29, 3, 2), 'Europe/Berlin')).toBe(at('2026-03-29T01:30:00Z'));
  });

  it('drops the date of today', () => {
    const now = at('2026-11-21T12:00:00Z');
    expect(shortTime(now - 3_600_000, 'UTC', now)).toBe('11:00:00');
    expect(shortTime(now - 86_400_000, 'UTC', now)).toBe('2026-11-20 12:00:00');
    expect(clock(now + 7, 'UTC', true)).toBe('12:00:00.007');
  });

  it('handles instants before the epoch', () => {
    expect(dateTime(-1, 'UTC')).toBe('1969-12-31 23:59:59');
    expect(zoneOffset(-1500, 'UTC')).toBe(0);
  });

  it('reads what people type', () => {
    expect(parseTime('2026-11-21 10:40', 'Europe/Berlin')).toBe(at('2026-11-21T09:40:00Z'));
    expect(parseTime('2026-11-21', 'UTC')).toBe(at('2026-11-21T00:00:00Z'));
    expect(parseTime('21.11.2026', 'UTC')).toBeNull();
    expect(parseTime('2026-13-21', 'UTC')).toBeNull();
  });

  it('knows zones', () => {
    expect(isZone('Europe/Berlin')).toBe(true);
    expect(isZone('Mars/Olympus')).toBe(false);
  });
});
