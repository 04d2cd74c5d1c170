import { useEffect, useState } from 'preact/hooks';
import { countJobs, type JobFilter } from '../../api/jobs';
import { listCubes } from '../../api/cubes';
import { listAlerts } from '../../api/schedules';
import type { Job, JobState } from '../../api/types';
import { count } from '../../lib/format';
import { JOB_STATES, type MonitorRoute, type Period } from '../../lib/route';
import { useWide } from '../../parts/hooks';
import { Search, Select } from '../../parts/controls';
import { Glyph, JOB_WORDS, jobStateName } from '../../parts/State';
import { Icon } from '../../parts/Icon';
import { useData } from '../../state/data';
import { go } from '../../state/router';
import { BulkBar } from './BulkBar';
import { JobPane } from './JobPane';
import { JobTable } from './JobTable';

const PERIOD_WORDS: readonly (readonly [Period, string])[] = [
  ['today', 'Today'], ['day', 'Last 24 hours'], ['week', 'Last week'], ['month', 'Last month'], ['year', 'Last year'], ['all', 'All time'],
];

export function JobsView({ at }: { at: MonitorRoute }) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Job>>(new Map());
  const isWide = useWide(1100);
  const filter: JobFilter = { cube: at.cube, states: at.states, period: at.period, text: at.text };
  const toggle = (job: Job) => {
    const next = new Map(chosen);
    if (!next.delete(job.uuid)) next.set(job.uuid, job);
    setChosen(next);
  };
  useEffect(() => setChosen(new Map()), [JSON.stringify(filter)]);

  useEffect(() => {
    const escape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
      if (at.job !== null) go({ ...at, job: null, step: null, line: null, tab: 'steps' });
      else setChosen(new Map());
    };
    document.addEventListener('keydown', escape);
    return () => document.removeEventListener('keydown', escape);
  }, [at]);

  const pane = at.job !== null && <JobPane key={at.job} at={at} id={at.job} isPage={!isWide} />;
  if (pane && !isWide) return pane;
  return (
    <>
      <Filters at={at} />
      <AlertStrip cube={at.cube} />
      <div class="split">
        <div class="split-main">
          {chosen.size > 0 && <BulkBar jobs={[...chosen.values()]} clear={() => setChosen(new Map())} />}
          <JobTable at={at} filter={filter} chosen={chosen} onToggle={toggle} />
        </div>
        {pane}
      </div>
    </>
  );
}

function Filters({ at }: { at: MonitorRoute }) {
  const counts = useData({ key: ['jobs', 'counts', at.cube, at.period], read: (signal) => countJobs(at.cube, at.period, signal), keep: true });
  const cubes = useData({ key: ['cubes'], read: listCubes });
  const change = (to: Partial<MonitorRoute>) => go({ ...at, ...to }, to.text === undefined ? 'push' : 'replace');
  const number = (state: JobState) => counts.data?.[state] ?? null;
  const states = JOB_STATES.filter((state) => state !== 'NEW' || (number(state) ?? 0) > 0);
  const sum = counts.data ? states.reduce((all, state) => all + (number(state) ?? 0), 0) : null;
  return (
    <div class="filters" role="search" aria-label="Filter jobs">
      <div class="chips" role="group" aria-label="States">
        <button type="button" class="chip" aria-pressed={at.states.length === 0} onClick={() => change({ states: [] })}>
          All <b>{count(sum)}</b>
        </button>
        {states.map((state) => (
          <button
            key={state}
            type="button"
            class={`chip${number(state) === 0 ? ' none' : ''}`}
            aria-pressed={at.states.includes(state)}
            title={`Only ${JOB_WORDS[state].toLowerCase()}; with Ctrl several states`}
            onClick={(event) => {
              const has = at.states.includes(state);
              const several = event.ctrlKey || event.metaKey;
              if (several) change({ states: has ? at.states.filter((one) => one !== state) : [...at.states, state] });
              else change({ states: has && at.states.length === 1 ? [] : [state] });
            }}
          >
            <Glyph state={jobStateName(state)} /> {JOB_WORDS[state]} <b>{count(number(state))}</b>
          </button>
        ))}
      </div>
      <span class="grow" />
      <Select
        label="Cube"
        value={at.cube ?? ''}
        options={[['', 'All cubes'] as const, ...cubeNames(cubes.data?.map((cube) => cube.name), at.cube)]}
        onChange={(cube) => change({ cube: cube || null })}
      />
      <Select label="Time" value={at.period} options={PERIOD_WORDS} onChange={(period) => change({ period })} />
      <Search label="Filter by id, cube, segment or person" placeholder="Filter" value={at.text} onInput={(text) => change({ text })} width={180} />
    </div>
  );
}

const cubeNames = (names: readonly string[] = [], chosen: string | null) =>
  [...new Set([...names, ...(chosen ? [chosen] : [])])].sort().map((name) => [name, name] as const);

/** What needs a person stands above what runs by itself. */
function AlertStrip({ cube }: { cube: string | null }) {
  const alerts = useData({ key: ['alerts'], read: listAlerts, every: 30_000 });
  const mine = (alerts.data ?? []).filter((alert) => cube === null || alert.cube === cube);
  if (mine.length === 0) return null;
  return (
    <div class="alert-strip" role="region" aria-label="Alerts">
      {mine.slice(0, 2).map((alert) => (
        <div key={alert.id} class={`notice ${alert.level}`}>
          <Icon name={alert.level === 'error' ? 'ban' : 'alert'} />
          <span class="cut grow" title={alert.text}>{alert.cube && <b>{alert.cube}: </b>}{alert.text}</span>
          {alert.link && <a href={alert.link}>Show</a>}
        </div>
      ))}
      {mine.length > 2 && <div class="notice"><a href="/monitor?view=alerts">{mine.length - 2} more</a></div>}
    </div>
  );
}
