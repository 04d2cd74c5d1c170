import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Rgb = readonly [number, number, number];

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const hex = (text: string): Rgb => [1, 3, 5].map((i) => Number.parseInt(text.slice(i, i + 2), 16)) as unknown as Rgb;
const themes = [1, 2] as const;

function token(name: string, theme: 1 | 2): Rgb {
  const match = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(css);
  if (!match) throw new Error(`no token ${name}`);
  return hex(match[theme]!);
}

const linear = (rgb: Rgb) => rgb.map((value) => {
  const c = value / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
});

function contrast(a: Rgb, b: Rgb): number {
  const luminance = (rgb: Rgb) => {
    const [r, g, bl] = linear(rgb);
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * bl!;
  };
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

/** Machado, Oliveira and Fernandes 2009, full severity, on linear colours. */
const SIGHT: Record<string, readonly (readonly number[])[]> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

function lab(rgb: Rgb, sight: string): number[] {
  const light = linear(rgb);
  const seen = SIGHT[sight]!.map((row) => Math.min(1, Math.max(0, row.reduce((sum, k, i) => sum + k * light[i]!, 0))));
  const xyz = [
    [0.4124, 0.3576, 0.1805, 0.95047],
    [0.2126, 0.7152, 0.0722, 1],
    [0.0193, 0.1192, 0.9505, 1.08883],
  ].map(([a, b, c, white]) => (a! * seen[0]! + b! * seen[1]! + c! * seen[2]!) / white!);
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const [x, y, z] = xyz.map(f);
  return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
}

const difference = (a: Rgb, b: Rgb, sight: string) => {
  const [left, right] = [lab(a, sight), lab(b, sight)];
  return Math.hypot(...left.map((value, i) => value - right[i]!));
};

const STATES = ['state-running', 'state-finished', 'state-error', 'state-stopped'] as const;

describe('tokens', () => {
  it.each(themes)('text has contrast, theme %i', (theme) => {
    for (const ground of ['bg', 'bg-raised', 'bg-sunken']) {
      for (const text of ['ink', 'ink-muted', 'accent', 'error-text', 'warning-text']) {
        expect(contrast(token(text, theme), token(ground, theme)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    for (const text of ['syntax-keyword', 'syntax-string', 'syntax-number', 'syntax-function']) {
      expect(contrast(token(text, theme), token('bg', theme)), text).toBeGreaterThanOrEqual(4.5);
    }
    for (const fill of ['accent', 'error-text']) {
      expect(contrast(token('ink-on-fill', theme), token(fill, theme)), fill).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(themes)('fills and outlines stand out, theme %i', (theme) => {
    for (const ground of ['bg', 'bg-raised']) {
      for (const fill of [...STATES, 'accent']) {
        expect(contrast(token(fill, theme), token(ground, theme)), `${fill} on ${ground}`).toBeGreaterThanOrEqual(2.95);
      }
    }
    expect(contrast(token('line-control', theme), token('bg', theme))).toBeGreaterThanOrEqual(2.95);
  });

  it.each(themes)('states differ in every sight, theme %i', (theme) => {
    for (const sight of Object.keys(SIGHT)) {
      STATES.forEach((a, i) => STATES.slice(i + 1).forEach((b) => {
        expect(difference(token(a, theme), token(b, theme), sight), `${a} and ${b}, ${sight}`).toBeGreaterThanOrEqual(26);
      }));
    }
  });

  it('are the only colours', () => {
    const files = import.meta.glob('../**/*.{css,ts,tsx}', { query: '?raw', eager: true, import: 'default' }) as Record<string, string>;
    for (const [name, text] of Object.entries(files)) {
      if (name.includes('tokens')) continue;
      expect(text.match(/#[0-9a-f]{6}\b|#[0-9a-f]{3}\b(?=[;\s)'"])|\brgba?\(/gi) ?? [], name).toEqual([]);
    }
  });
});
