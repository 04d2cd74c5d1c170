/** What may be done with a job in which state. */
import type { Job, JobState } from '../../api/types';

export const VERBS = ['resume', 'pause', 'discard', 'drop'] as const;
export type Verb = (typeof VERBS)[number];

const ALLOWED: Record<Verb, readonly JobState[]> = {
  resume: ['ERROR', 'STOPPED'],
  pause: ['NEW', 'PENDING', 'RUNNING'],
  discard: ['NEW', 'PENDING', 'RUNNING', 'ERROR', 'STOPPED'],
  drop: ['FINISHED', 'DISCARDED'],
};

export const TITLES: Record<Verb, string> = { resume: 'Resume', pause: 'Pause', discard: 'Discard', drop: 'Drop' };
export const DONE: Record<Verb, string> = { resume: 'Resumed', pause: 'Paused', discard: 'Discarded', drop: 'Dropped' };

export const isAllowed = (verb: Verb, job: Pick<Job, 'job_status'>): boolean => ALLOWED[verb].includes(job.job_status);

export const verbsOf = (job: Pick<Job, 'job_status'>): readonly Verb[] => VERBS.filter((verb) => isAllowed(verb, job));

/** Splits a selection into what the verb is for and what it skips. */
export function sortOut<T extends Pick<Job, 'job_status'>>(verb: Verb, jobs: readonly T[]): { fit: T[]; skipped: T[] } {
  return { fit: jobs.filter((job) => isAllowed(verb, job)), skipped: jobs.filter((job) => !isAllowed(verb, job)) };
}
