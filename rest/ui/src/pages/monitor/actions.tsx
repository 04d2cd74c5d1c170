import { discardJob, dropJob, pauseJob, resumeJob } from '../../api/jobs';
import type { Job } from '../../api/types';
import { count, counted, wholePercent } from '../../lib/format';
import { format, monitor } from '../../lib/route';
import { total, rangesOf } from '../../lib/offsets';
import { ask } from '../../parts/Confirm';
import { JOB_WORDS } from '../../parts/State';
import { takeJobDropped, tookAction } from '../../state/jobs';
import { tell, tellError } from '../../state/toasts';
import { DONE, sortOut, TITLES, type Verb } from './verbs';

const CALLS: Record<Verb, (id: string) => Promise<unknown>> = {
  resume: resumeJob,
  pause: pauseJob,
  discard: discardJob,
  drop: dropJob,
};

export const jobTitle = (job: Job) => `${job.related_segment_name} of ${job.related_cube}`;

async function run(verb: Verb, jobs: readonly Job[]): Promise<void> {
  const results = await Promise.allSettled(jobs.map((job) => CALLS[verb](job.uuid)));
  const failed = results.filter((result) => result.status === 'rejected');
  results.forEach((result, i) => {
    if (result.status !== 'fulfilled') return;
    const isJob = verb !== 'drop' && (result.value as Job | null)?.uuid !== undefined;
    if (verb === 'drop') takeJobDropped(jobs[i]!.uuid, new Set());
    tookAction(isJob ? (result.value as Job) : null);
  });
  if (failed.length > 0) {
    const first = failed[0]!.reason as Error;
    throw failed.length === 1 ? first : new Error(`${failed.length} of ${jobs.length} failed. The first: ${first.message}`);
  }
  const [only] = jobs;
  const what = jobs.length === 1 && only ? `build ${jobTitle(only)}` : counted(jobs.length, 'job');
  const opposite: Partial<Record<Verb, Verb>> = { pause: 'resume', resume: 'pause' };
  const back = opposite[verb];
  tell(`${DONE[verb]} ${what}.`, {
    ...(back && { undo: { text: TITLES[back], run: () => void run(back, jobs).catch(tellError) } }),
    ...(verb === 'discard' && jobs.length === 1 && only && { link: { to: format(monitor({ job: only.uuid })), text: 'Show job' } }),
  });
}

const offsetsOf = (job: Job): bigint => {
  const fixed = total(rangesOf(job));
  return fixed > 0n ? fixed : BigInt(job.steps[0]?.total ?? 0);
};

function Consequences({ verb, fit, skipped }: { verb: Verb; fit: readonly Job[]; skipped: readonly Job[] }) {
  const offsets = fit.reduce((sum, job) => sum + offsetsOf(job), 0n);
  const [only] = fit;
  return (
    <>
      {verb === 'discard' ? (
        <>
          <p>
            {counted(offsets, 'offset')}
            {fit.length === 1 && only && only.progress > 0 ? `, of which the work is ${wholePercent(only.progress)} done,` : ''}{' '}
            {fit.length === 1 ? 'are' : `of ${count(fit.length)} builds are`} given up. Between other segments they become a hole,
            which can be filled as long as Kafka keeps them; at the end of the cube the next build reads them.
          </p>
          <p class="quiet">Ready segments stay. A discarded job cannot be resumed.</p>
        </>
      ) : (
        <>
          <p>
            {fit.length === 1 ? 'The record of this job and its log are' : `The records of ${count(fit.length)} jobs and their logs are`} removed
            for good.
          </p>
          <p class="quiet">Segments that {fit.length === 1 ? 'it' : 'they'} built stay.</p>
        </>
      )}
      {skipped.length > 0 && (
        <div>
          <p>{counted(skipped.length, 'job is', 'jobs are')} skipped:</p>
          <ul class="quiet" style={{ maxHeight: 140, overflow: 'auto' }}>
            {skipped.map((job) => <li key={job.uuid}>{jobTitle(job)}: {JOB_WORDS[job.job_status].toLowerCase()}</li>)}
          </ul>
        </div>
      )}
    </>
  );
}

/** Acts at once where nothing is lost, else asks. */
export function act(verb: Verb, jobs: readonly Job[], done?: () => void): void {
  const { fit, skipped } = sortOut(verb, jobs);
  if (fit.length === 0) return;
  const start = async () => {
    await run(verb, fit);
    done?.();
  };
  if (verb === 'pause' || verb === 'resume') return void start().catch(tellError);
  const [only] = fit;
  ask({
    title: fit.length === 1 && only ? `${TITLES[verb]} ${verb === 'drop' ? 'the record of ' : ''}build ${jobTitle(only)}?` : `${TITLES[verb]} ${counted(fit.length, 'job')}?`,
    body: <Consequences verb={verb} fit={fit} skipped={skipped} />,
    action: `${TITLES[verb]} ${fit.length === 1 ? (verb === 'drop' ? '1 job' : '1 build') : counted(fit.length, verb === 'drop' ? 'job' : 'build')}`,
    run: start,
  });
}
