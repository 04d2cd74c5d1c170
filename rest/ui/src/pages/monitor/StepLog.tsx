import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { stepOutput } from '../../api/jobs';
import type { Job } from '../../api/types';
import { filterLog, parseLog, type Level } from '../../lib/log';
import { counted } from '../../lib/format';
import type { MonitorRoute } from '../../lib/route';
import { Copy, Search, Select } from '../../parts/controls';
import { Fault, SkeletonRows } from '../../parts/region';
import { client, useData } from '../../state/data';
import { go } from '../../state/router';
import { show } from '../../state/zone';

const LEVELS: readonly (readonly [Level, string])[] = [['info', 'All lines'], ['warning', 'Warnings'], ['error', 'Errors']];

export function StepLog({ job, step, at }: { job: Job; step: number; at: MonitorRoute }) {
  const [level, setLevel] = useState<Level>('info');
  const [text, setText] = useState('');
  const [isFollowing, setFollowing] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const key = ['log', job.uuid, step];
  const output = useData({ key, read: (signal) => stepOutput(job.uuid, step, signal) });

  // The job says how many lines there are; its steps do not come with them.
  const mark = job.steps[step]?.log_lines ?? `${job.steps[step]?.step_status} ${job.steps[step]?.done}`;
  const seen = useRef(mark);
  useEffect(() => {
    if (seen.current === mark) return;
    seen.current = mark;
    void client.invalidateQueries({ queryKey: key });
  }, [mark]);

  const lines = useMemo(() => parseLog(output.data?.cmd_output ?? ''), [output.data]);
  const shown = filterLog(lines, level, text);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const target = at.line === null ? null : element.querySelector<HTMLElement>(`[data-line="${at.line}"]`);
    // Only the log scrolls: the picture above it has to stay in view.
    if (target) {
      const top = target.offsetTop - element.offsetTop;
      const isSeen = top >= element.scrollTop && top + target.offsetHeight <= element.scrollTop + element.clientHeight;
      if (!isSeen) element.scrollTop = top - element.clientHeight / 2;
    }
    else if (isFollowing) element.scrollTop = element.scrollHeight;
  }, [shown.length, at.line, step]);

  const choose = (line: number | null) => go({ ...at, step, line }, 'replace');
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || shown.length === 0) return;
    const place = shown.findIndex((line) => line.number === at.line);
    choose(shown[Math.max(0, Math.min(shown.length - 1, place === -1 ? (step > 0 ? 0 : shown.length - 1) : place + step))]!.number);
    event.preventDefault();
  };

  return (
    <section class="log" aria-label="Log">
      <div class="row wrap">
        <h3 class="grow">Log of step {step + 1}: {job.steps[step]?.name}</h3>
        <Select label="Level" value={level} options={LEVELS} onChange={setLevel} />
        <Search label="Filter the log" placeholder="Filter" value={text} onInput={setText} width={140} />
        {job.job_status === 'RUNNING' && (
          <label class="row"><input type="checkbox" checked={isFollowing} onChange={(event) => setFollowing(event.currentTarget.checked)} /> Follow</label>
        )}
        <Copy text={output.data?.cmd_output ?? ''} what="the log" />
      </div>
      {output.error && !output.data && <Fault error={output.error} retry={output.retry} />}
      {output.isLoading && <SkeletonRows rows={4} height={20} />}
      {output.data && (
        <div class="log-lines" ref={box} tabIndex={0} role="log" aria-label={`Log of step ${step + 1}`} aria-live="off" onKeyDown={onKey}>
          {shown.length === 0 && <p class="quiet">{lines.length === 0 ? 'This step has written nothing yet.' : `None of ${counted(lines.length, 'line')} matches.`}</p>}
          {shown.map((line) => (
            <div
              key={line.number}
              data-line={line.number}
              class={`log-line ${line.level}${line.number === at.line ? ' chosen' : ''}`}
              title="A click puts this line into the address"
              onClick={() => getSelection()?.isCollapsed !== false && choose(line.number === at.line ? null : line.number)}
            >
              <span class="quiet">{line.number}</span>
              <span class="quiet">{line.at === null ? '' : show.clock(line.at, true)}</span>
              <span>{line.text}</span>
            </div>
          ))}
        </div>
      )}
    </section>
  );
}
