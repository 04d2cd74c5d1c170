import { age, duration } from '../lib/format';
import { now } from '../state/clock';
import { show } from '../state/zone';

/** An instant in the chosen zone; tooltips add UTC. */
export function Time({ at, full }: { at: number; full?: boolean }) {
  if (!at) return <span class="quiet">-</span>;
  return <time dateTime={new Date(at).toISOString()} title={show.both(at)}>{full ? show.full(at) : show.time(at)}</time>;
}

/** How long ago, ticking. */
export function Age({ at, suffix = ' ago' }: { at: number; suffix?: string }) {
  if (!at) return <span class="quiet">-</span>;
  return <time dateTime={new Date(at).toISOString()} title={show.both(at)}>{age(now.value - at)}{suffix}</time>;
}

/** From a beginning to an end, or to now. */
export function Elapsed({ from, to }: { from: number; to: number }) {
  if (!from) return <span class="quiet">-</span>;
  return <>{duration((to || now.value) - from)}</>;
}

export function Until({ at }: { at: number }) {
  const left = at - now.value;
  return <time dateTime={new Date(at).toISOString()} title={show.both(at)}>{left > 0 ? `in ${age(left)}` : 'now'}</time>;
}
