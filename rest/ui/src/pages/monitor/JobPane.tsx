import { getJob, setPriority } from '../../api/jobs';
import type { Job } from '../../api/types';
import { bytes, count, counted, rate, wholePercent } from '../../lib/format';
import { cube as cubeRoute, format, type MonitorRoute } from '../../lib/route';
import { Copy, IconButton } from '../../parts/controls';
import { Blank, Fault, Region } from '../../parts/region';
import { JobStateLabel } from '../../parts/State';
import { Elapsed, Time } from '../../parts/time';
import { useData } from '../../state/data';
import { jobKey, tookAction } from '../../state/jobs';
import { go } from '../../state/router';
import { tell, tellError } from '../../state/toasts';
import { rangesOf, inclusive, length, total } from '../../lib/offsets';
import { act } from './actions';
import { endOf, kind } from './JobTable';
import { PartitionProgress } from './PartitionProgress';
import { StepLog } from './StepLog';
import { chosenStep, StepTimeline } from './StepTimeline';
import { TITLES, verbsOf } from './verbs';

export function JobPane({ at, id, isPage }: { at: MonitorRoute; id: string; isPage: boolean }) {
  const job = useData({ key: jobKey(id), read: (signal) => getJob(id, signal) });
  const close = () => go({ ...at, job: null, step: null, line: null, tab: 'steps' });
  return (
    <section class={isPage ? 'pane as-page' : 'pane'} aria-label="Job">
      {job.error?.status === 404 && !job.data ? (
        <Blank title="There is no such job" action={<button type="button" class="button" onClick={close}>Close</button>}>
          It may have been dropped.
        </Blank>
      ) : (
        <Region of={job}>{(data) => <Pane job={data} at={at} close={close} isPage={isPage} />}</Region>
      )}
    </section>
  );
}

function Pane({ job, at, close, isPage }: { job: Job; at: MonitorRoute; close: () => void; isPage: boolean }) {
  const step = chosenStep(job, at.step);
  const link = (tab: MonitorRoute['tab']) => format({ ...at, tab, step: null, line: null });
  return (
    <>
      <header class="pane-head">
        <div class="row grow" style={{ gap: 12 }}>
          <JobStateLabel state={job.job_status} progress={job.progress} />
          <h2 class="cut" style={{ fontSize: 14 }} title={job.name}>
            <a href={format(cubeRoute(job.related_cube))}>{job.related_cube}</a>{' '}
            <span class="num">{job.related_segment_name}</span>
          </h2>
        </div>
        {verbsOf(job).map((verb) => (
          <button key={verb} type="button" class="button small" onClick={() => act(verb, [job], verb === 'drop' ? close : undefined)}>{TITLES[verb]}</button>
        ))}
        {!isPage && <IconButton icon="close" label="Close the job" onClick={close} />}
        {isPage && <button type="button" class="button small" onClick={close}>Back to jobs</button>}
      </header>
      <div class="pane-body">
        {job.error && job.job_status !== 'FINISHED' && <Fault error={new Error(job.error)} />}
        <Figures job={job} />
        <nav class="tabs pane-tabs" aria-label="Of the job">
          <a href={link('steps')} aria-current={at.tab === 'steps' ? 'page' : undefined}>Steps and log</a>
          <a href={link('parameters')} aria-current={at.tab === 'parameters' ? 'page' : undefined}>Parameters</a>
        </nav>
        {at.tab === 'steps' && (
          <>
            <StepTimeline job={job} chosen={step} onChoose={(next) => go({ ...at, step: next, line: null }, 'replace')} />
            {job.job_status === 'RUNNING' && <PartitionProgress job={job} />}
            <StepLog job={job} step={step} at={at} />
          </>
        )}
        {at.tab === 'parameters' && <Parameters job={job} />}
      </div>
    </>
  );
}

function Figures({ job }: { job: Job }) {
  const isRunning = job.job_status === 'RUNNING';
  const read = job.messages ?? job.steps[0]?.done ?? 0;
  return (
    <dl class="stats">
      <div><dt>Progress</dt><dd>{wholePercent(job.progress)}</dd></div>
      <div><dt>{isRunning ? 'Reading now' : 'Read'}</dt><dd title={job.bytes_per_second ? `${bytes(job.bytes_per_second)}/s` : undefined}>
        {job.messages_per_second ? rate(job.messages_per_second) : '-'}
      </dd></div>
      <div><dt>Messages</dt><dd title={job.bytes ? bytes(job.bytes) : undefined}>{count(read)}</dd></div>
      <div><dt>Duration</dt><dd><Elapsed from={job.exec_start_time} to={endOf(job)} /></dd></div>
      {job.memory_bytes ? <div><dt>{isRunning ? 'Memory' : 'Peak memory'}</dt><dd>{bytes(job.memory_bytes)}</dd></div> : null}
    </dl>
  );
}

function Parameters({ job }: { job: Job }) {
  const ranges = rangesOf(job);
  const isOpen = job.job_status === 'PENDING' || job.job_status === 'NEW';
  return (
    <>
      <dl class="facts">
        <dt>Job</dt><dd class="row"><span class="mono cut">{job.uuid}</span><Copy text={job.uuid} what="the id of the job" /></dd>
        <dt>Kind</dt><dd>{kind(job.type)}</dd>
        <dt>Segment</dt><dd><a href={format(cubeRoute(job.related_cube, { tab: 'segments', segment: job.related_segment }))}>{job.related_segment_name}</a></dd>
        <dt>Submitted</dt><dd><Time at={job.create_time_utc} full /> by {job.submitter}</dd>
        <dt>Started</dt><dd><Time at={job.exec_start_time} full /></dd>
        <dt>Ended</dt><dd><Time at={job.exec_end_time} full /></dd>
        <dt>Attempts</dt><dd>{count(job.attempts)}</dd>
        {job.priority !== undefined && <><dt>Priority</dt><dd>{isOpen ? <Priority job={job} /> : job.priority}</dd></>}
        <dt>Runs in</dt><dd class="mono">{job.build_instance}</dd>
      </dl>
      {ranges.length > 0 && (
        <div class="panel scroll-x">
          <table class="table">
            <caption class="unseen">Fixed offsets of the job</caption>
            <thead><tr><th>Partition</th><th class="right">First offset</th><th class="right">Last offset</th><th class="right">Offsets</th></tr></thead>
            <tbody>
              {ranges.map((range) => (
                <tr key={range.partition}>
                  <td>{range.partition}</td>
                  <td class="right">{count(inclusive(range).first)}</td>
                  <td class="right">{count(inclusive(range).last)}</td>
                  <td class="right">{count(length(range))}</td>
                </tr>
              ))}
            </tbody>
            <tfoot><tr><td colSpan={3}>{counted(ranges.length, 'partition')}</td><td class="right">{count(total(ranges))}</td></tr></tfoot>
          </table>
        </div>
      )}
    </>
  );
}

function Priority({ job }: { job: Job }) {
  return (
    <span class="row">
      <input
        class="text" style={{ width: 72 }} type="number" step="1" aria-label="Priority" defaultValue={String(job.priority ?? 0)}
        onChange={(event) => {
          setPriority(job.uuid, Math.trunc(event.currentTarget.valueAsNumber) || 0).then((changed) => {
            tookAction(changed);
            tell(`Priority is ${changed.priority}.`);
          }, tellError);
        }}
      />
      <span class="quiet">higher runs first</span>
    </span>
  );
}
