/** The lines that a step wrote: `2026-11-24 13:26:49.757 reading 28257 offsets`, in UTC. */

export type Level = 'error' | 'warning' | 'info';

export interface LogLine {
  /** From 1. */
  readonly number: number;
  readonly at: number | null;
  readonly level: Level;
  readonly text: string;
}

const STAMP = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?)Z?\s+/;
const ERROR = /\b(error|failed|cannot|panicked|gave up)\b/i;
const WARNING = /\b(warn(ing)?|retry|retrying|again|spill(ing|ed)?|paused|discarded|stopped|expired)\b/i;

export function parseLog(output: string): LogLine[] {
  if (output === '') return [];
  return output.split('\n').map((line, i) => {
    const stamp = STAMP.exec(line);
    const text = stamp ? line.slice(stamp[0].length) : line;
    const at = stamp ? Date.parse(`${stamp[1]}T${stamp[2]}Z`) : null;
    return { number: i + 1, at, level: levelOf(text), text };
  });
}

function levelOf(text: string): Level {
  if (ERROR.test(text)) return 'error';
  return WARNING.test(text) ? 'warning' : 'info';
}

export function filterLog(lines: readonly LogLine[], level: Level, text: string): readonly LogLine[] {
  const wanted = text.trim().toLowerCase();
  const passes = (line: LogLine) => level === 'info' || line.level === 'error' || line.level === level;
  if (level === 'info' && wanted === '') return lines;
  return lines.filter((line) => passes(line) && line.text.toLowerCase().includes(wanted));
}
