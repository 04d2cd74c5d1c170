import type { JobState, Period } from '../lib/route';
import { path, read, request } from './client';
import type { Job, JobCounts, StepOutput } from './types';

const TIME_FILTER: Record<Period, number> = { today: 0, day: 1, week: 2, month: 3, year: 4, all: 5 };
const STATUS: Record<JobState, number> = { NEW: 0, PENDING: 1, RUNNING: 2, FINISHED: 4, ERROR: 8, DISCARDED: 16, STOPPED: 32 };

export interface JobFilter {
  readonly cube: string | null;
  readonly states: readonly JobState[];
  readonly period: Period;
  readonly text: string;
}

export interface JobPage {
  readonly jobs: readonly Job[];
  readonly total: number;
}

export async function listJobs(filter: JobFilter, offset: number, limit: number, signal?: AbortSignal): Promise<JobPage> {
  const { body, headers } = await request<Job[]>('/jobs', {
    query: {
      cubeName: filter.cube,
      status: filter.states.map((state) => String(STATUS[state])),
      timeFilter: TIME_FILTER[filter.period],
      text: filter.text,
      offset,
      limit,
    },
    signal,
  });
  const total = Number(headers.get('X-Total-Count') ?? offset + body.length);
  return { jobs: body, total };
}

export const countJobs = (cube: string | null, period: Period, signal?: AbortSignal) =>
  read<JobCounts>('/jobs/overview', { query: { cubeName: cube, timeFilter: TIME_FILTER[period] }, signal });

export const getJob = (id: string, signal?: AbortSignal) => read<Job>(path`/jobs/${id}`, { signal });

export const stepOutput = (id: string, step: number, signal?: AbortSignal) =>
  read<StepOutput>(path`/jobs/${id}/steps/${step}/output`, { signal });

export const resumeJob = (id: string) => read<Job>(path`/jobs/${id}/resume`, { method: 'PUT' });
export const pauseJob = (id: string) => read<Job>(path`/jobs/${id}/pause`, { method: 'PUT' });
export const discardJob = (id: string) => read<Job>(path`/jobs/${id}/cancel`, { method: 'PUT' });
export const dropJob = (id: string) => read<unknown>(path`/jobs/${id}/drop`, { method: 'DELETE' });
export const setPriority = (id: string, priority: number) =>
  read<Job>(path`/jobs/${id}/priority`, { method: 'PUT', body: { priority } });
