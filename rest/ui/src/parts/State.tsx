import type { JobState } from '../api/types';

export type StateName = 'running' | 'finished' | 'ready' | 'error' | 'stopped' | 'pending' | 'discarded' | 'hole' | 'disabled';

export const JOB_WORDS: Record<JobState, string> = {
  RUNNING: 'Running',
  PENDING: 'Pending',
  ERROR: 'Error',
  STOPPED: 'Stopped',
  FINISHED: 'Finished',
  DISCARDED: 'Discarded',
  NEW: 'New',
};

export const jobStateName = (state: JobState): StateName => (state === 'NEW' ? 'pending' : (state.toLowerCase() as StateName));

/** Each state has its own shape; colour only repeats it. */
export function Glyph({ state, progress = 0 }: { state: StateName; progress?: number }) {
  return (
    <svg class={`glyph ${state}`} viewBox="0 0 14 14" aria-hidden="true">
      {shape(state, progress)}
    </svg>
  );
}

function shape(state: StateName, progress: number) {
  switch (state) {
    case 'running': {
      const around = 2 * Math.PI * 5.5;
      return (
        <>
          <circle cx="7" cy="7" r="2.75" fill="currentColor" />
          <circle cx="7" cy="7" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5" opacity="0.3" />
          <circle
            cx="7" cy="7" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5" transform="rotate(-90 7 7)"
            stroke-dasharray={`${(around * progress) / 100} ${around}`}
          />
        </>
      );
    }
    case 'finished':
    case 'ready':
      return <path d="M2.5 7.5 5.5 10.5 11.5 3.8" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />;
    case 'error':
      return (
        <>
          <path d="M4.4 1h5.2L13 4.4v5.2L9.6 13H4.4L1 9.6V4.4z" fill="currentColor" />
          <path d="m4.8 4.8 4.4 4.4m0-4.4L4.8 9.2" stroke="var(--bg)" stroke-width="1.6" stroke-linecap="round" />
        </>
      );
    case 'stopped':
      return <path d="M3 2h3v10H3zM8 2h3v10H8z" fill="currentColor" />;
    case 'discarded':
    case 'disabled':
      return (
        <g fill="none" stroke="currentColor" stroke-width="1.5">
          <circle cx="7" cy="7" r="5" />
          <path d="m3.5 10.5 7-7" />
        </g>
      );
    case 'hole':
      return (
        <g fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round">
          <path d="M1.5 3.5v7M12.5 3.5v7M1.5 7h2.5M10 7h2.5" />
        </g>
      );
    default:
      return <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" stroke-width="1.5" />;
  }
}

export function JobStateLabel({ state, progress = 0 }: { state: JobState; progress?: number }) {
  return (
    <span class="state">
      <Glyph state={jobStateName(state)} progress={progress} />
      {JOB_WORDS[state] ?? state}
    </span>
  );
}
