import { describe, expect, it } from 'vitest';
import { toCsv, toJson, toMarkdown, toTsv } from './export';

const heads = ['name', 'n'];
const rows = [['a "b", c', '12345678901234567890'], [null, '1'], ['', null], ['x|y\nz', 'NaN']];
const columns = [{ label: 'name', columnTypeName: 'VARCHAR' }, { label: 'n', columnTypeName: 'DECIMAL' }];

describe('export', () => {
  it('tells null from empty in CSV', () => {
    expect(toCsv(heads, rows)).toBe('name,n\r\n"a ""b"", c",12345678901234567890\r\n,1\r\n"",\r\n"x|y\nz",NaN\r\n');
  });
  it('keeps one line a row', () => {
    expect(toTsv(heads, rows).split('\n')).toHaveLength(5);
    expect(toMarkdown(heads, rows).split('\n')[5]).toBe('| x\\|y z | NaN |');
  });
  it('keeps all digits in JSON', () => {
    const json = toJson(columns, rows);
    expect(json).toContain('{"name": "a \\"b\\", c", "n": 12345678901234567890}');
    expect(json).toContain('"n": "NaN"');
    expect(JSON.parse(json)).toHaveLength(4);
  });
});
