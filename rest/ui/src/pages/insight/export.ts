/** Results as text for other programs. */
import type { QueryAnswer } from '../../api/types';

type Rows = QueryAnswer['results'];

const csvCell = (cell: string | null) => (cell === null ? '' : /[",\r\n]/.test(cell) || cell === '' ? `"${cell.replaceAll('"', '""')}"` : cell);
const tsvCell = (cell: string | null) => (cell ?? '').replace(/[\t\r\n]+/g, ' ');
const markdownCell = (cell: string | null) => (cell ?? '').replaceAll('|', '\\|').replace(/[\r\n]+/g, ' ');

export const toCsv = (heads: readonly string[], rows: Rows): string =>
  [heads, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';

export const toTsv = (heads: readonly string[], rows: Rows): string =>
  [heads, ...rows].map((row) => row.map(tsvCell).join('\t')).join('\n');

export const toMarkdown = (heads: readonly string[], rows: Rows): string =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.map(markdownCell).join(' | ')} |`).join('\n');

const NUMBERS = new Set(['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'DECIMAL', 'DOUBLE']);
export const isNumber = (type: string): boolean => NUMBERS.has(type.replace(/\(.*/, '').trim());

/** Digits stay as they came: a number of 38 digits is one here, too. */
export function toJson(columns: readonly { readonly label: string; readonly columnTypeName: string }[], rows: Rows): string {
  const value = (cell: string | null, type: string) => {
    if (cell === null) return 'null';
    if (type === 'BOOLEAN') return cell.toLowerCase() === 'true' ? 'true' : 'false';
    return isNumber(type) && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(cell) ? cell : JSON.stringify(cell);
  };
  const lines = rows.map((row) => `  {${row.map((cell, i) => `${JSON.stringify(columns[i]!.label)}: ${value(cell, columns[i]!.columnTypeName)}`).join(', ')}}`);
  return `[\n${lines.join(',\n')}\n]\n`;
}
