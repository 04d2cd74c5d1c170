import { useState } from 'preact/hooks';
import { listJobs, type JobFilter, type JobPage } from '../../api/jobs';
import type { Job } from '../../api/types';
import { short } from '../../lib/format';
import type { MonitorRoute } from '../../lib/route';
import { Grid, type Column } from '../../parts/Grid';
import { Blank, Fault, SkeletonRows } from '../../parts/region';
import { JobStateLabel } from '../../parts/State';
import { Elapsed, Time } from '../../parts/time';
import { useAll, type Read } from '../../state/data';
import { pageKey } from '../../state/jobs';
import { go } from '../../state/router';
import { Progress } from './Progress';

/** Jobs of one request. */
const PAGE = 100;

export function JobTable({ at, filter, chosen, onToggle }: {
  at: MonitorRoute;
  filter: JobFilter;
  chosen: ReadonlyMap<string, Job>;
  onToggle: (job: Job) => void;
}) {
  const [view, setView] = useState({ first: 0, last: 40 });
  const from = Math.floor(view.first / PAGE);
  const to = Math.max(from, Math.floor(Math.max(0, view.last - 1) / PAGE));
  // The first page stays, for it holds the number of all.
  const wanted = [...new Set([0, ...Array.from({ length: to - from + 1 }, (_, i) => from + i)])];
  const reads: Read<JobPage>[] = wanted.map((page) => ({
    key: pageKey(filter, page),
    read: (signal) => listJobs(filter, page * PAGE, PAGE, signal),
  }));
  const pages = useAll(reads);
  const known = new Map(wanted.map((page, i) => [page, pages[i]?.data]));
  const first = pages[0];
  const total = first?.data?.total ?? 0;

  if (!first?.data) {
    if (first?.error) return <div style={{ padding: 16 }}><Fault error={first.error} retry={first.retry} /></div>;
    return (
      <>
        <span class="unseen" role="status">Loading jobs</span>
        <SkeletonRows rows={10} />
      </>
    );
  }
  if (total === 0) return <NoJobs at={at} />;

  return (
    <Grid
      label="Jobs"
      isMain
      columns={columns(chosen, onToggle)}
      count={total}
      row={(index) => known.get(Math.floor(index / PAGE))?.jobs[index % PAGE]}
      isSelected={(job) => job.uuid === at.job || chosen.has(job.uuid)}
      onToggle={onToggle}
      onOpen={(job) => go({ ...at, job: job.uuid, step: null, line: null })}
      onWindow={(firstRow, lastRow) => setView((old) => (old.first === firstRow && old.last === lastRow ? old : { first: firstRow, last: lastRow }))}
      busy={pages.some((page) => page.isRefreshing && page.error !== null)}
    />
  );
}

const columns = (chosen: ReadonlyMap<string, Job>, onToggle: (job: Job) => void): readonly Column<Job>[] => [
  {
    key: 'select', head: '', width: '34px',
    cell: (job) => (
      <input type="checkbox" tabIndex={-1} aria-label={`Select ${job.related_segment_name}`} checked={chosen.has(job.uuid)} onChange={() => onToggle(job)} />
    ),
  },
  { key: 'state', head: 'State', width: '104px', cell: (job) => <JobStateLabel state={job.job_status} progress={job.progress} /> },
  { key: 'cube', head: 'Cube', width: 'minmax(110px, 1fr)', cell: (job) => <span title={job.related_cube}>{job.related_cube}</span> },
  { key: 'kind', head: 'Kind', width: '72px', from: 900, cell: (job) => <span class="quiet">{kind(job.type)}</span> },
  {
    key: 'segment', head: 'Segment', width: 'minmax(130px, 1.1fr)',
    cell: (job) => <span title={job.related_segment_name}>{job.related_segment_name}</span>,
  },
  { key: 'progress', head: 'Progress', width: 'minmax(170px, 1.5fr)', cell: (job) => <Progress job={job} /> },
  {
    key: 'rate', head: 'Rows/s', width: '76px', align: 'right', from: 640, title: 'Messages read per second',
    cell: (job) => (job.messages_per_second ? short(Math.round(job.messages_per_second)) : <span class="quiet">-</span>),
  },
  {
    key: 'duration', head: 'Duration', width: '100px', align: 'right', from: 560,
    cell: (job) => <Elapsed from={job.exec_start_time} to={endOf(job)} />,
  },
  { key: 'started', head: 'Started', width: '156px', from: 820, cell: (job) => <Time at={job.exec_start_time || job.create_time_utc} /> },
  { key: 'by', head: 'By', width: '100px', from: 1000, cell: (job) => <span title={job.submitter}>{job.submitter}</span> },
];

export const kind = (type: string) => type.charAt(0) + type.slice(1).toLowerCase();

/** A job that is not running does not age. */
export function endOf(job: Job): number {
  if (job.exec_end_time) return job.exec_end_time;
  return job.job_status === 'RUNNING' ? 0 : job.exec_interrupt_time || job.last_modified;
}

function NoJobs({ at }: { at: MonitorRoute }) {
  const filters = [
    at.states.length > 0 && `state ${at.states.map((state) => state.toLowerCase()).join(' or ')}`,
    at.cube && `cube ${at.cube}`,
    at.text && `"${at.text}"`,
  ].filter(Boolean);
  if (filters.length > 0) {
    return (
      <Blank icon="search" title="No job matches" action={
        <button type="button" class="button" onClick={() => go({ ...at, states: [], cube: null, text: '' })}>Clear filters</button>
      }>
        Filtered by {filters.join(', ')}.
      </Blank>
    );
  }
  if (at.period !== 'all') {
    return (
      <Blank title="No jobs in this time" action={
        <button type="button" class="button" onClick={() => go({ ...at, period: 'all' })}>Show all</button>
      } />
    );
  }
  return (
    <Blank title="No jobs yet" action={<a class="button" href="/cubes">Open Cubes</a>}>
      A job appears when a cube is built, by hand, by a schedule or over HTTP.
    </Blank>
  );
}
