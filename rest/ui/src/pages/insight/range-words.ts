import { parseTime } from '../../lib/time';
import { show } from '../../state/zone';

/** The report has times as text in UTC; people read them in their zone. */
function at(text: string): string {
  const ms = parseTime(text.replace(/\.\d+$/, ''), 'UTC');
  return ms === null ? `${text} UTC` : show.full(ms);
}

export function rangeWords(from: string | null, to: string | null): string {
  if (from === null && to === null) return 'all event times';
  return `${from === null ? 'the beginning' : at(from)} to ${to === null ? 'the end' : at(to)}`;
}
