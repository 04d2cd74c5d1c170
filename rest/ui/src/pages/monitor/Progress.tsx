import type { Job } from '../../api/types';
import { count, short, wholePercent } from '../../lib/format';
import { Bar } from '../../parts/controls';

/** One line on how far a job is, or why it is not. */
export function Progress({ job }: { job: Job }) {
  const text = sentence(job);
  switch (job.job_status) {
    case 'RUNNING':
      return (
        <span class="row progress" title={text}>
          <Bar percent={job.progress} state="running" />
          <span style={{ minWidth: 38 }} class="right num">{wholePercent(job.progress)}</span>
          <span class="quiet cut progress-note">{text}</span>
        </span>
      );
    case 'ERROR':
      return <span class="error-text cut" style={{ display: 'block' }} title={job.error ?? undefined}>{job.error ?? text}</span>;
    case 'STOPPED':
      return (
        <span class="row progress" title={text}>
          <Bar percent={job.progress} state="stopped" />
          <span style={{ minWidth: 38 }} class="right num">{wholePercent(job.progress)}</span>
          <span class="quiet cut progress-note">{text}</span>
        </span>
      );
    default:
      return <span class="quiet cut" style={{ display: 'block' }} title={text}>{text}</span>;
  }
}

function sentence(job: Job): string {
  const at = job.steps.findIndex((step) => step.step_status !== 'FINISHED');
  const step = job.steps[at];
  switch (job.job_status) {
    case 'PENDING':
    case 'NEW':
      return job.queue_position ? (job.queue_position === 1 ? 'next to run' : `${count(job.queue_position)}. in the queue`) : 'waiting';
    case 'FINISHED': {
      if (job.nothing_new) return 'nothing new';
      const read = job.messages ?? job.steps[0]?.done ?? 0;
      return `${count(read)} messages`;
    }
    case 'DISCARDED':
      return job.error ?? (at === -1 ? '' : `at step ${at + 1} of ${job.steps.length}`);
    default:
      if (!step) return '';
      return step.total > 1 ? `${short(step.done)} of ${short(step.total)} ${unit(step.unit, at)}` : step.name;
  }
}

const unit = (name: string | undefined, step: number) => name ?? ['offsets', 'cuboids', 'segments'][step] ?? '';
