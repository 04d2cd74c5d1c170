import { useState } from 'preact/hooks';
import type { Job, Step } from '../../api/types';
import { count, duration } from '../../lib/format';
import { foldAxis, type FoldedAxis } from '../../lib/fold';
import { ticks } from '../../lib/ticks';
import { useSize } from '../../parts/hooks';
import { Glyph, jobStateName } from '../../parts/State';
import { now } from '../../state/clock';
import { zone } from '../../state/zone';
import { endOf } from './JobTable';

const ROW = 32;
const AXIS = 24;

/** The one that was asked for, else what failed, else what runs, else the last that began. */
export function chosenStep(job: Job, asked: number | null): number {
  if (asked !== null && job.steps[asked]) return asked;
  const failed = job.steps.findIndex((step) => step.step_status === 'ERROR');
  if (failed !== -1) return failed;
  const running = job.steps.findIndex((step) => step.step_status === 'RUNNING');
  if (running !== -1) return running;
  const begun = job.steps.map((step) => step.exec_start_time > 0);
  return Math.max(0, job.job_status === 'FINISHED' ? 0 : begun.lastIndexOf(true));
}

interface Bar {
  readonly step: Step;
  readonly from: number;
  readonly to: number;
}

/** A step ends with its job, whatever it says of itself. */
function bars(job: Job, at: number): Bar[] {
  // The clock ticks once a second, events come more often.
  const jobEnd = endOf(job) || Math.max(at, job.last_modified);
  return job.steps
    .filter((step) => step.exec_start_time > 0)
    .map((step) => ({ step, from: step.exec_start_time, to: Math.max(step.exec_start_time, step.exec_end_time || jobEnd) }));
}

export function StepTimeline({ job, chosen, onChoose }: { job: Job; chosen: number; onChoose: (step: number) => void }) {
  const [isTrue, setTrue] = useState(false);
  const [ref, { width }] = useSize<HTMLDivElement>();
  const worked = bars(job, now.value);
  const from = job.create_time_utc || worked[0]?.from || 0;
  const to = Math.max(from + 20, worked.length === 0 ? endOf(job) || now.value : 0, ...worked.map((bar) => bar.to));
  const axis = foldAxis(from, to, worked, Math.max(1, width - 1), isTrue);
  const hasFolds = foldAxis(from, to, worked, 1000, false).pieces.some((piece) => piece.isFolded);
  const height = AXIS + job.steps.length * ROW;
  const begun = worked[0]?.from ?? to;
  return (
    <section class="steps" aria-label="Steps on a time line">
      <div class="step-names" style={{ paddingTop: AXIS }}>
        {job.steps.map((step, i) => (
          <button
            key={step.id}
            type="button"
            class="step-name"
            aria-pressed={i === chosen}
            style={{ height: ROW }}
            onClick={() => onChoose(i)}
            aria-label={`Step ${i + 1}: ${step.name}, ${step.step_status.toLowerCase()}, ${facts(step, worked)}`}
          >
            <Glyph state={jobStateName(stateOf(step, job))} progress={step.total > 0 ? (step.done / step.total) * 100 : 0} />
            <span class="cut" title={step.name}>{step.name}</span>
          </button>
        ))}
      </div>
      <div class="step-lanes" ref={ref}>
        {width > 0 && (
          <svg width={width} height={height} role="img" aria-label={summary(job, worked)}>
            <Patterns />
            <Axis axis={axis} zone={zone.value} height={height} />
            <rect class="lane-chosen" x="0" y={AXIS + chosen * ROW} width={width} height={ROW} />
            {begun > from && (
              <rect class="waiting" x={axis.x(from)} y={AXIS + 9} width={Math.max(1, axis.x(begun) - axis.x(from))} height={ROW - 18}>
                <title>{`Waited ${duration(begun - from)}`}</title>
              </rect>
            )}
            {worked.map((bar) => <StepBar key={bar.step.id} bar={bar} axis={axis} width={width} job={job} />)}
            {job.steps.map((step, i) => (
              <rect key={step.id} class="hit" x="0" y={AXIS + i * ROW} width={width} height={ROW} onClick={() => onChoose(i)} />
            ))}
          </svg>
        )}
      </div>
      {hasFolds && (
        <label class="row quiet steps-scale">
          <input type="checkbox" checked={isTrue} onChange={(event) => setTrue(event.currentTarget.checked)} /> True scale
        </label>
      )}
    </section>
  );
}

const stateOf = (step: Step, job: Job) => {
  const isOver = job.job_status !== 'RUNNING' && job.job_status !== 'PENDING';
  return step.step_status === 'RUNNING' && isOver ? job.job_status : step.step_status;
};

function facts(step: Step, worked: readonly Bar[]): string {
  const bar = worked.find((one) => one.step === step);
  const time = bar ? duration(bar.to - bar.from) : 'not begun';
  return step.total > 1 ? `${time}, ${count(step.done)} of ${count(step.total)} ${step.unit ?? ''}`.trimEnd() : time;
}

function summary(job: Job, worked: readonly Bar[]): string {
  return `${job.steps.length} steps: ${job.steps.map((step) => `${step.name}, ${facts(step, worked)}`).join('; ')}`;
}

function StepBar({ bar, axis, width, job }: { bar: Bar; axis: FoldedAxis; width: number; job: Job }) {
  const i = bar.step.sequence_id;
  const [x0, x1] = [axis.x(bar.from), axis.x(bar.to)];
  const y = AXIS + i * ROW + 9;
  const length = Math.max(3, x1 - x0);
  const x = Math.min(x0, width - length);
  const share = bar.step.total > 0 ? bar.step.done / bar.step.total : 1;
  const state = stateOf(bar.step, job).toLowerCase();
  const label = `${duration(bar.to - bar.from)}${bar.step.total > 1 ? `  ${count(bar.step.done)}${share < 1 ? ` of ${count(bar.step.total)}` : ''} ${bar.step.unit ?? ''}` : ''}`;
  // Beside the bar, on the side that has room; a bar that leaves none has room within.
  const room = label.length * 6.4 + 8;
  const side = x + length + room < width ? 'right' : x > room ? 'left' : 'within';
  const textX = { right: x + length + 6, left: x - 6, within: x + 6 }[side];
  return (
    <g class={`step-bar ${state}`}>
      <rect class="rest" x={x} y={y} width={length} height={ROW - 18} rx="2" />
      <rect class="done" x={x} y={y} width={Math.max(state === 'finished' ? length : 0, length * share)} height={ROW - 18} rx="2" />
      {state === 'error' && <path class="fail" d={`M${x + length - 1} ${y - 4}v${ROW - 10}`} />}
      <text class={side} x={textX} y={y + 11} text-anchor={side === 'left' ? 'end' : 'start'}>{label}</text>
    </g>
  );
}

function Axis({ axis, zone: name, height }: { axis: FoldedAxis; zone: string; height: number }) {
  return (
    <g class="axis">
      {axis.pieces.map((piece) =>
        piece.isFolded ? (
          <g key={piece.from}>
            <rect class="fold" x={piece.x0} y="0" width={piece.x1 - piece.x0} height={height} />
            <text x={(piece.x0 + piece.x1) / 2} y="15" text-anchor="middle">// {duration(piece.to - piece.from)}</text>
          </g>
        ) : (
          ticks(piece.from, piece.to, name, piece.x1 - piece.x0, 90)
            .filter((tick) => axis.x(tick.at) < piece.x1 - 56 || piece.x1 - piece.x0 < 60)
            .map((tick) => (
              <g key={tick.at} transform={`translate(${Math.round(axis.x(tick.at)) + 0.5} 0)`}>
                <path d={`M0 ${AXIS - 4}V${height}`} />
                <text x="3" y="15">{tick.label}</text>
              </g>
            ))
        ),
      )}
    </g>
  );
}

function Patterns() {
  return (
    <defs>
      <pattern id="waiting" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="1.5" height="6" class="waiting-line" />
      </pattern>
    </defs>
  );
}
