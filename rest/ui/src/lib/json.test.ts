import { describe, expect, it } from 'vitest';
import { parseJson, writeJson } from './json';

describe('json', () => {
  it('keeps offsets above 2^53', () => {
    expect(parseJson('{"start":9007199254740993,"end":9223372036854775807}')).toEqual({
      start: 9007199254740993n,
      end: 9223372036854775807n,
    });
  });

  it('gives numbers where they are exact', () => {
    expect(parseJson('[1, -2, 3.5, 9007199254740991, 1e20]')).toEqual([1, -2, 3.5, 9007199254740991, 1e20]);
  });

  it('leaves digits within strings alone', () => {
    const text = '{"a":"x: 9007199254740993, \\"9007199254740993\\"","b":9007199254740993}';
    expect(parseJson(text)).toEqual({ a: 'x: 9007199254740993, "9007199254740993"', b: 9007199254740993n });
  });

  it('reads a long fraction as a number', () => {
    expect(parseJson('{"a":[1234567890123456.5,12345678901234567]}')).toEqual({ a: [1234567890123456.5, 12345678901234567n] });
  });

  it('writes what it read', () => {
    const text = '{"0":9223372036854775807,"1":7}';
    expect(writeJson(parseJson(text))).toBe(text);
  });
});
