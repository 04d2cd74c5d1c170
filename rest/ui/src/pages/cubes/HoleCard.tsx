import { useEffect, useRef, useState } from 'preact/hooks';
import { fillBody, fillHole, planFill, type Fill, type Filled } from '../../api/cubes';
import type { Cube, Hole, PlannedRange, Skipped } from '../../api/types';
import { BASE } from '../../api/client';
import { age, count, counted } from '../../lib/format';
import { writeJson } from '../../lib/json';
import { inclusive, length, parsePart, rangesOf, stillInKafka, total, type PartitionRange } from '../../lib/offsets';
import { format, monitor } from '../../lib/route';
import type { PartitionRow } from '../../pictures/model';
import { copyText, IconButton } from '../../parts/controls';
import { Fault } from '../../parts/region';
import { Glyph } from '../../parts/State';
import { Age } from '../../parts/time';
import { now } from '../../state/clock';
import { tookAction } from '../../state/jobs';
import { tell } from '../../state/toasts';
import { show } from '../../state/zone';
import { rereadCube } from './cube-actions';

type Typed = Readonly<Record<number, { first: string; last: string }>>;

export function HoleCard({ cube, hole, rows, onPlan, close }: {
  cube: Cube;
  hole: Hole;
  rows: readonly PartitionRow[];
  onPlan: (ranges: readonly PartitionRange[]) => void;
  close: () => void;
}) {
  const lowOf = (partition: number) => {
    const row = rows.find((one) => one.partition === partition);
    return row && row.low !== null ? row.base + BigInt(row.low) : null;
  };
  const ranges = rangesOf(hole).map((range) => ({ range, ...stillInKafka(range, lowOf(range.partition)) }));
  const lost = ranges.reduce((sum, one) => sum + one.gone, 0n);
  // What is gone cannot be filled, so a hole that lost some starts out in part.
  const [isPart, setPart] = useState(lost > 0n);
  const [typed, setTyped] = useState<Typed>({});
  const [pieces, setPieces] = useState('');
  const [plan, setPlan] = useState<Filled<PlannedRange> | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);

  const parts = ranges.map(({ range, kept }) => {
    const start = kept ? inclusive(kept) : null;
    const given = typed[range.partition] ?? { first: start ? String(start.first) : '', last: start ? String(start.last) : '' };
    return { range, given, part: given.first === '' && given.last === '' ? null : parsePart(range, given.first, given.last) };
  });
  const chosen = parts.map((one) => one.part).filter((part): part is PartitionRange => typeof part === 'object' && part !== null);
  const faults = parts.filter((one) => typeof one.part === 'string');
  const size = pieces.replace(/[\s,_]/g, '');
  const isValid = (size === '' || /^[1-9]\d*$/.test(size)) && (!isPart || (faults.length === 0 && chosen.length > 0));
  const fill: Fill = { hole: hole.name, ranges: isPart ? chosen : null, maxOffsetsPerSegment: size === '' ? null : BigInt(size) };
  const key = isValid ? writeJson({ ...fill, ranges: fill.ranges ?? 'all' }) : null;

  // The plan is the server's own, not a guess of this page, so it is asked for anew at each change.
  const latest = useRef<string | null>(null);
  useEffect(() => {
    latest.current = key;
    setPlan(null);
    onPlan([]);
    if (key === null) return undefined;
    const timer = setTimeout(() => {
      planFill(cube.name, fill).then(
        (answer) => {
          if (latest.current !== key) return;
          setPlan(answer);
          setError(null);
          onPlan(answer.made.flatMap((one) => rangesOf(one)));
        },
        (cause: Error) => {
          if (latest.current === key) setError(cause);
        },
      );
    }, 250);
    return () => clearTimeout(timer);
  }, [key]);

  const start = async () => {
    setBusy(true);
    setError(null);
    try {
      const { made, skipped } = await fillHole(cube.name, fill);
      made.forEach((job) => tookAction(job));
      const [first] = made;
      if (first) {
        tell(`Queued ${counted(made.length, 'build')} for hole ${hole.name}.`, {
          link: made.length === 1 ? { to: format(monitor({ job: first.uuid })), text: 'Show job' } : { to: format(monitor({ cube: cube.name })), text: 'Show jobs' },
        });
        close();
      } else {
        setError(new Error(skipped.map(skippedWords).join('; ') || 'Nothing was filled.'));
        setBusy(false);
      }
      await rereadCube(cube.name);
    } catch (cause) {
      setError(cause as Error);
      setBusy(false);
    }
  };

  const planned = plan?.made.reduce((sum, one) => sum + BigInt(one.offsets_count), 0n) ?? 0n;
  const left = total(rangesOf(hole)) - planned;
  return (
    <section class="panel card" aria-label={`Hole ${hole.name}`}>
      <header>
        <Glyph state="hole" />
        <h2 class="grow cut" title={hole.name}>Hole {hole.name} of {cube.name}</h2>
        <IconButton icon="close" label="Close the hole" small onClick={close} />
      </header>
      <form class="body stack" onSubmit={(event) => {
        event.preventDefault();
        if (isValid && !busy) void start();
      }}>
        <p>
          {counted(hole.offsets_count, 'offset')}{hole.since ? <>, since <Age at={hole.since} /></> : null}: {hole.reason}
          {hole.job && <>, <a href={format(monitor({ job: hole.job, period: 'all' }))}>job</a></>}.
        </p>
        <p class="quiet">{times(hole)}</p>
        <table class="table inner">
          <caption class="unseen">Offsets of the hole, and what Kafka still has of them</caption>
          <thead><tr><th>Partition</th><th class="right">First</th><th class="right">Last</th><th class="right">Offsets</th><th>In Kafka</th></tr></thead>
          <tbody>
            {ranges.map(({ range, kept, gone }) => (
              <tr key={range.partition}>
                <td>{range.partition}</td>
                <td class="right">{count(inclusive(range).first)}</td>
                <td class="right">{count(inclusive(range).last)}</td>
                <td class="right">{count(length(range))}</td>
                <td class={gone > 0n ? 'error-text' : ''}>
                  {lowOf(range.partition) === null ? <span class="quiet">unknown</span> : !kept ? 'all gone' : gone > 0n ? `from ${count(kept.start)}; ${count(gone)} gone` : 'all'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <fieldset class="plain-set">
          <legend class="unseen">What to fill</legend>
          <label class="row"><input type="radio" name="fill" checked={!isPart} onChange={() => setPart(false)} /> Fill the whole hole</label>
          <label class="row"><input type="radio" name="fill" checked={isPart} onChange={() => setPart(true)} /> Fill a part</label>
        </fieldset>
        {isPart && (
          <div class="parts">
            {parts.map(({ range, given, part }) => (
              <div key={range.partition} class="row">
                <span class="num quiet" style={{ width: 32 }}>p{range.partition}</span>
                {(['first', 'last'] as const).map((end) => (
                  <input
                    key={end} class="text num" style={{ width: 110 }} inputMode="numeric" value={given[end]} aria-invalid={typeof part === 'string'}
                    aria-label={`${end === 'first' ? 'First' : 'Last'} offset of partition ${range.partition}`}
                    onInput={(event) => setTyped({ ...typed, [range.partition]: { ...given, [end]: event.currentTarget.value } })}
                  />
                ))}
                {typeof part === 'string' && <span class="error-text">{part}</span>}
                {part === null && <span class="quiet">left out</span>}
              </div>
            ))}
          </div>
        )}
        <label class="row">Pieces of <input class="text num" style={{ width: 120 }} inputMode="numeric" placeholder="the cube's limit" value={pieces} aria-label="Offsets per piece" onInput={(event) => setPieces(event.currentTarget.value)} /> offsets</label>
        <div class="plan" role="status">
          {plan === null ? (
            <span class="quiet">{isValid ? (error ? 'No plan.' : 'Planning…') : 'Name a range within the hole.'}</span>
          ) : plan.made.length === 0 ? (
            <span class="quiet">Plan: nothing to build.</span>
          ) : (
            <>
              <p class="num">Plan, tried but not started: {counted(plan.made.length, 'build')} of {counted(planned, 'offset')}{left > 0n ? `; ${counted(left, 'offset')} stay open` : ''}.</p>
              <ul class="quiet num">
                {plan.made.slice(0, 6).map((one) => <li key={one.name}>{one.name}, {counted(one.offsets_count, 'offset')}</li>)}
                {plan.made.length > 6 && <li>and {count(plan.made.length - 6)} more</li>}
              </ul>
            </>
          )}
          {plan && plan.skipped.length > 0 && <p class="warning-text">Skipped: {plan.skipped.map(skippedWords).join('; ')}</p>}
        </div>
        {error && <Fault error={error} />}
        <div class="row wrap">
          <button type="submit" class="button primary" disabled={!isValid || busy || plan?.made.length === 0}>{isPart ? 'Fill this part' : 'Fill the hole'}</button>
          <button type="button" class="button" disabled={!isValid} onClick={() => void copyText(curl(cube.name, fill), 'the REST call')}>Copy REST call</button>
        </div>
      </form>
    </section>
  );
}

const skippedWords = ({ name, reason }: Skipped): string => (name === null ? reason : `${name}: ${reason}`);

function times(hole: Hole): string {
  const { event_time_min: min, event_time_max: max } = hole;
  if (min === null && max === null) return 'Its messages may have any event time, so every answer of the cube may miss them.';
  if (min === null) return `By its neighbours, its messages lie before ${show.full(max!)}.`;
  if (max === null) return `By its neighbours, its messages lie after ${show.full(min)}, ${age(now.value - min)} ago.`;
  return `By its neighbours, its messages lie within ${show.full(min)} to ${show.full(max)}.`;
}

function curl(cube: string, fill: Fill): string {
  return `curl -X PUT ${location.origin}${BASE}/cubes/${encodeURIComponent(cube)}/holes -H 'Content-Type: application/json' -d '${writeJson(fillBody(fill, false))}'`;
}
