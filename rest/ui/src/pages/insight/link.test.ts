import { describe, expect, it } from 'vitest';
import type { Cube } from '../../api/types';
import { addressOf, questionFor, roundRange, sqlOf } from './link';

describe('link', () => {
  it('carries any SQL', () => {
    const sql = "SELECT '100 %', \"ä\" # & ? \n FROM t";
    expect(sqlOf(new URL(addressOf(sql), 'http://localhost').hash)).toBe(sql);
    expect(sqlOf('')).toBeNull();
    expect(sqlOf('#q=%')).toBeNull();
  });

  it('asks for whole hours or days', () => {
    const at = (text: string) => Date.parse(text);
    expect(roundRange(at('2026-01-01T10:20:00Z'), at('2026-01-01T12:00:00Z'))).toEqual([at('2026-01-01T10:00:00Z'), at('2026-01-01T12:00:00Z')]);
    expect(roundRange(at('2026-01-01T10:20:00Z'), at('2026-02-01T12:00:00Z'))).toEqual([at('2026-01-01T00:00:00Z'), at('2026-02-02T00:00:00Z')]);
    const cube = { model: 'm', time_column: 'ts', model_spec: { model: { table: { name: 't' } } } } as unknown as Cube;
    expect(sqlOf(new URL(questionFor(cube, 0, 3_600_000), 'http://localhost').hash)).toBe(
      "SELECT COUNT(*) AS messages\nFROM t\nWHERE ts >= TIMESTAMP '1970-01-01 00:00:00' AND ts < TIMESTAMP '1970-01-01 01:00:00'",
    );
  });
});
