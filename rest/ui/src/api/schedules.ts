import { path, read } from './client';
import type { Alert, Schedule, ScheduleRule } from './types';

export const listSchedules = (signal?: AbortSignal) => read<Schedule[]>('/schedules', { signal });
export const putSchedule = (cube: string, rule: ScheduleRule) =>
  read<Schedule>(path`/cubes/${cube}/schedule`, { method: 'PUT', body: rule });
export const deleteSchedule = (cube: string) => read<unknown>(path`/cubes/${cube}/schedule`, { method: 'DELETE' });
export const pauseSchedule = (cube: string) => read<Schedule>(path`/cubes/${cube}/schedule/pause`, { method: 'PUT' });
export const resumeSchedule = (cube: string) => read<Schedule>(path`/cubes/${cube}/schedule/resume`, { method: 'PUT' });
export const listAlerts = (signal?: AbortSignal) => read<Alert[]>('/alerts', { signal });
