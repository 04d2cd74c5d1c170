/** JSON whose whole numbers keep every digit: beyond 2^53 they come as `bigint`. */

const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;
const MAY_HOLD_LONG = /[[:,\s]-?\d{16,}/;
const MARK = '\u0000int:';

export function parseJson(text: string): unknown {
  if (!MAY_HOLD_LONG.test(text)) return JSON.parse(text);
  const marked = text.replace(TOKENS, (token) => (token.startsWith('"') ? token : `"\\u0000int:${token}"`));
  return JSON.parse(marked, (_key, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith(MARK)) return value;
    const whole = BigInt(value.slice(MARK.length));
    const number = Number(whole);
    return Number.isSafeInteger(number) ? number : whole;
  });
}

/** The inverse; a `bigint` is written as a number. */
export function writeJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(
    value,
    (_key, inner: unknown) => (typeof inner === 'bigint' ? `${MARK}${inner}` : inner),
    indent,
  );
  return text.replace(/"\\u0000int:(-?\d+)"/g, '$1');
}
