/** Jobs as they are shared: a list is read in pages, and events change what is in them. */
import type { JobPage } from '../api/jobs';
import type { Job } from '../api/types';
import type { JobFilter } from '../api/jobs';
import { client } from './data';

const ENDED = new Set(['FINISHED', 'DISCARDED']);

export const pageKey = (filter: JobFilter, page: number) => ['jobs', 'page', filter, page] as const;
export const jobKey = (id: string) => ['job', id] as const;

/** Changes the job wherever it is shown; names in `stale` what has to be read again. */
export function takeJob(job: Job, stale: Set<string>): void {
  const before = client.getQueryData<Job>(jobKey(job.uuid));
  if (!before || before.last_modified <= job.last_modified) client.setQueryData(jobKey(job.uuid), job);
  let isKnown = false;
  let hasMoved = before === undefined || before.job_status !== job.job_status;
  for (const [key, page] of client.getQueriesData<JobPage>({ queryKey: ['jobs', 'page'] })) {
    const at = page?.jobs.findIndex((one) => one.uuid === job.uuid) ?? -1;
    if (!page || at === -1) continue;
    isKnown = true;
    const old = page.jobs[at]!;
    if (old.job_status !== job.job_status) hasMoved = true;
    else if (before === undefined) hasMoved = false;
    client.setQueryData<JobPage>(key, { ...page, jobs: page.jobs.with(at, job) });
  }
  if (!isKnown || hasMoved) {
    stale.add('jobs');
    stale.add('alerts');
    if (ENDED.has(job.job_status)) stale.add('cubes');
  }
}

export function takeJobDropped(id: string, stale: Set<string>): void {
  client.removeQueries({ queryKey: jobKey(id) });
  stale.add('jobs');
}

/** After an action of this page, before the stream tells. */
export function tookAction(job: Job | null): void {
  const stale = new Set<string>(['jobs', 'alerts']);
  if (job?.uuid) takeJob(job, stale);
  for (const key of stale) void client.invalidateQueries({ queryKey: [key] });
}
