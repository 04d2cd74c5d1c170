import { useState } from 'preact/hooks';
import { listCubes } from '../../api/cubes';
import { putSchedule } from '../../api/schedules';
import type { Schedule, ScheduleRule, ScheduleWindow } from '../../api/types';
import { Dialog } from '../../parts/Dialog';
import { Field, IconButton, Segmented } from '../../parts/controls';
import { Icon } from '../../parts/Icon';
import { Fault } from '../../parts/region';
import { useData } from '../../state/data';
import { tell } from '../../state/toasts';
import { zone, zones } from '../../state/zone';
import { reread } from './SchedulesView';

type Mode = 'every' | 'cron' | 'windows';
const DAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;

export function ScheduleForm({ schedule, taken, onClose, cube: given }: {
  schedule: Schedule | null;
  taken: readonly string[];
  onClose: () => void;
  cube?: string;
}) {
  const cubes = useData({ key: ['cubes'], read: listCubes });
  const free = (cubes.data ?? []).map((one) => one.name).filter((name) => !taken.includes(name));
  const [cube, setCube] = useState(schedule?.cube ?? given ?? '');
  const [mode, setMode] = useState<Mode>(schedule?.cron ? 'cron' : schedule && !schedule.every ? 'windows' : 'every');
  const [every, setEvery] = useState(schedule?.every ?? '5m');
  const [cron, setCron] = useState(schedule?.cron ?? '*/5 8-19 * * MON-FRI');
  const [timeZone, setTimeZone] = useState(schedule?.time_zone ?? zone.peek());
  const [limit, setLimit] = useState(schedule?.max_messages_per_segment ? String(schedule.max_messages_per_segment) : '');
  const [priority, setPriority] = useState(String(schedule?.priority ?? 0));
  const [windows, setWindows] = useState<readonly ScheduleWindow[]>(schedule?.windows ?? []);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const name = cube || free[0] || '';

  const save = async () => {
    setBusy(true);
    setError(null);
    const rule: ScheduleRule = {
      ...(mode === 'every' && { every: every.trim() }),
      ...(mode === 'cron' && { cron: cron.trim() }),
      ...(timeZone && { time_zone: timeZone }),
      ...(limit.trim() && { max_messages_per_segment: Number(limit.replace(/[\s,_]/g, '')) }),
      ...(Number(priority) !== 0 && { priority: Number(priority) }),
      ...(windows.length > 0 && { windows }),
    };
    try {
      await putSchedule(name, rule);
      tell(`Saved the schedule of ${name}.`);
      await reread();
      onClose();
    } catch (cause) {
      setError(cause as Error);
      setBusy(false);
    }
  };
  const change = (i: number, to: Partial<ScheduleWindow>) => setWindows(windows.map((window, at) => (at === i ? { ...window, ...to } : window)));

  return (
    <Dialog
      title={schedule ? `Schedule of ${schedule.cube}` : 'New schedule'}
      wide
      onClose={onClose}
      onSubmit={() => void save()}
      footer={
        <>
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={busy || name === ''}>Save schedule</button>
        </>
      }
    >
      {!schedule && !given && (
        <Field label="Cube" hint={cubes.data && free.length === 0 ? 'Every cube has a schedule.' : undefined}>
          {(id) => (
            <select id={id} class="select" value={name} onChange={(event) => setCube(event.currentTarget.value)}>
              {free.map((one) => <option key={one}>{one}</option>)}
            </select>
          )}
        </Field>
      )}
      <div class="field">
        <span class="label">Builds</span>
        <Segmented label="Kind of rule" value={mode} onChange={setMode} options={[['every', 'At an interval'], ['cron', 'By a cron line'], ['windows', 'Only within windows']]} />
      </div>
      {mode === 'every' && (
        <Field label="Every" hint="Such as 30s, 5m, 1h or 1d.">
          {(id, note) => <input id={id} aria-describedby={note} class="text" style={{ width: 120 }} value={every} onInput={(event) => setEvery(event.currentTarget.value)} />}
        </Field>
      )}
      {mode === 'cron' && (
        <Field label="Cron line" hint="Minute, hour, day of month, month, day of week.">
          {(id, note) => <input id={id} aria-describedby={note} class="text mono" value={cron} onInput={(event) => setCron(event.currentTarget.value)} />}
        </Field>
      )}
      <div class="field">
        <span class="label">Windows</span>
        <span class="hint">The first window that holds the moment decides; outside of all the rule above holds.</span>
        {windows.map((window, i) => (
          <fieldset key={i} class="window">
            <legend class="unseen">Window {i + 1}</legend>
            <input class="text" aria-label="From" style={{ width: 64 }} value={window.from} onInput={(event) => change(i, { from: event.currentTarget.value })} />
            to
            <input class="text" aria-label="To" style={{ width: 64 }} value={window.to} onInput={(event) => change(i, { to: event.currentTarget.value })} />
            every
            <input class="text" aria-label="Every" style={{ width: 64 }} value={window.every ?? ''} onInput={(event) => change(i, { every: event.currentTarget.value })} />
            <span class="days">
              {DAYS.map((day) => {
                const days = window.days ?? [];
                const has = days.includes(day);
                return (
                  <button key={day} type="button" class="chip small" aria-pressed={has} onClick={() => change(i, { days: has ? days.filter((one) => one !== day) : DAYS.filter((one) => one === day || days.includes(one)) })}>
                    {day.charAt(0) + day.charAt(1).toLowerCase()}
                  </button>
                );
              })}
            </span>
            <IconButton icon="trash" label={`Remove window ${i + 1}`} small onClick={() => setWindows(windows.filter((_, at) => at !== i))} />
          </fieldset>
        ))}
        <div>
          <button type="button" class="button small" onClick={() => setWindows([...windows, { from: '08:00', to: '20:00', days: DAYS.slice(0, 5), every: '1m' }])}>
            <Icon name="plus" />Add window
          </button>
        </div>
      </div>
      <div class="row wrap" style={{ gap: 16, alignItems: 'flex-start' }}>
        <Field label="Time zone of the rule">
          {(id) => (
            <select id={id} class="select" value={timeZone} onChange={(event) => setTimeZone(event.currentTarget.value)}>
              {[...new Set([timeZone, ...zones])].map((one) => <option key={one} value={one}>{one.replaceAll('_', ' ')}</option>)}
            </select>
          )}
        </Field>
        <Field label="Messages per segment" hint="Empty: the limit of the cube">
          {(id, note) => <input id={id} aria-describedby={note} class="text" inputMode="numeric" style={{ width: 150 }} value={limit} onInput={(event) => setLimit(event.currentTarget.value)} />}
        </Field>
        <Field label="Priority" hint="Higher runs first">
          {(id, note) => <input id={id} aria-describedby={note} class="text" type="number" step="1" style={{ width: 90 }} value={priority} onInput={(event) => setPriority(event.currentTarget.value)} />}
        </Field>
      </div>
      {error && <Fault error={error} />}
    </Dialog>
  );
}
