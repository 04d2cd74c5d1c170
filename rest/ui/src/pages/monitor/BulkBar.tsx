import type { Job } from '../../api/types';
import { counted } from '../../lib/format';
import { act } from './actions';
import { sortOut, TITLES, VERBS } from './verbs';

export function BulkBar({ jobs, clear }: { jobs: readonly Job[]; clear: () => void }) {
  return (
    <div class="notice" role="toolbar" aria-label="Selected jobs">
      <b class="num">{counted(jobs.length, 'job')} selected</b>
      {VERBS.map((verb) => {
        const { fit } = sortOut(verb, jobs);
        return (
          <button key={verb} type="button" class="button small" disabled={fit.length === 0} onClick={() => act(verb, jobs, clear)}>
            {TITLES[verb]} {fit.length > 0 && fit.length}
          </button>
        );
      })}
      <span class="grow" />
      <button type="button" class="button plain small" onClick={clear}>Clear</button>
    </div>
  );
}
