import { age } from '../lib/format';
import { liveStatus } from '../state/live-status';
import { retryNow } from '../state/live';
import { now } from '../state/clock';
import { clockAhead } from '../api/client';
import { show } from '../state/zone';

/** What is shown is no longer what is: said once, for the whole page. */
export function StaleLine() {
  const { state, since, retryAt } = liveStatus.value;
  if (state !== 'stopped') return <div />;
  const local = now.value - clockAhead.value;
  const stopped = local - since;
  const wait = retryAt === null ? 0 : Math.max(0, retryAt - local);
  return (
    <div class="notice stale" role="status" aria-live="off">
      <span class="grow">
        Live updates stopped {age(stopped)} ago; showing {show.clock(since + clockAhead.value)}.{' '}
        <span class="quiet">{wait > 999 ? `Trying again in ${age(wait)}.` : 'Trying again.'}</span>
      </span>
      <button type="button" class="button small" onClick={retryNow}>Retry now</button>
    </div>
  );
}
