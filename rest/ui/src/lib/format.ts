/** Numbers as people read them. Exact in tables, short in figures, and never rounded to a lie. */

const exact = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function count(value: number | bigint | null | undefined): string {
  return value === null || value === undefined ? '-' : exact.format(value);
}

/** `count(1, 'hole')` is `1 hole`. */
export function counted(value: number | bigint, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 || value === 1n ? one : many}`;
}

function threeFigures(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let index = 0;
  let rest = Math.abs(value);
  // The next unit already where rounding would show `1000 k`.
  while (index < units.length - 1 && rest >= base - 0.5) {
    rest /= base;
    index += 1;
  }
  const figures = index === 0 ? String(Math.round(rest * 10) / 10) : threeFigures(rest);
  return `${value < 0 ? '-' : ''}${figures}${units[index]}`;
}

/** `1.20 M` */
export function short(value: number | bigint): string {
  return scaled(Number(value), 1000, ['', ' k', ' M', ' G', ' T']);
}

/** `18.4 MiB` */
export function bytes(value: number): string {
  return scaled(value, 1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB']);
}

export function rate(perSecond: number): string {
  return `${short(Math.round(perSecond))}/s`;
}

/** Never `100 %` while something is missing, never `0 %` while there is something. */
export function percent(part: number, whole = 100): string {
  if (whole <= 0) return '-';
  const value = (part / whole) * 100;
  if (value <= 0) return '0 %';
  if (value >= 100) return '100 %';
  if (value < 0.01) return '< 0.01 %';
  if (value > 99.99) return '99.99 %';
  const figures = value < 10 || value > 99 ? 2 : value < 99 ? 1 : 2;
  const factor = 10 ** figures;
  const cut = value > 99 ? Math.floor(value * factor) / factor : Math.round(value * factor) / factor;
  return `${cut} %`;
}

/** As `percent`, for bars and rows that change: whole numbers. */
export function wholePercent(value: number): string {
  return `${value >= 100 ? 100 : value <= 0 ? 0 : Math.min(99, Math.max(1, Math.floor(value)))} %`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** `340 ms`, `8.2 s`, `2 min 10 s`, `3 h 05 min`, `4 d 2 h` */
export function duration(ms: number): string {
  const value = Math.max(0, ms);
  if (value < 999.5) return `${value < 10 && value > 0 ? Math.round(value * 10) / 10 : Math.round(value)} ms`;
  const seconds = value / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${two(whole % 60)} s` : ''}`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${two(minutes % 60)} min` : ''}`;
  const hours = Math.floor(minutes / 60);
  return `${count(Math.floor(hours / 24))} d${hours < 240 && hours % 24 ? ` ${hours % 24} h` : ''}`;
}

/** The same in one unit, for ages that tick. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${count(Math.floor(seconds / 86_400))} d`;
}

/** Ids and names lose their middle, for both of their ends tell them apart. */
export function middle(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = Math.ceil((max - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (max - 1 - head))}`;
}
