import { useState } from 'preact/hooks';
import { deleteSchedule, pauseSchedule, resumeSchedule } from '../../api/schedules';
import type { Schedule } from '../../api/types';
import { cube as cubeRoute, format, monitor } from '../../lib/route';
import { ask } from '../../parts/Confirm';
import { Icon } from '../../parts/Icon';
import { Blank, Region } from '../../parts/region';
import { Glyph } from '../../parts/State';
import { Time, Until } from '../../parts/time';
import { client, type Reading } from '../../state/data';
import { tell, tellError } from '../../state/toasts';
import { ScheduleForm } from './ScheduleForm';

export const reread = () => Promise.all(['schedules', 'alerts'].map((key) => client.invalidateQueries({ queryKey: [key] })));

const OUTCOMES: Record<string, string> = { queued: 'queued', nothing_new: 'nothing new', overlap: 'skipped: the last one still runs', failed: 'failed' };

export function SchedulesView({ schedules }: { schedules: Reading<Schedule[]> }) {
  const [form, setForm] = useState<{ schedule: Schedule | null } | null>(null);
  return (
    <>
      <div class="page-scroll">
        <Region of={schedules}>
          {(all) =>
            all.length === 0 ? (
              <Blank icon="calendar" title="No schedules" action={<NewButton onClick={() => setForm({ schedule: null })} />}>
                A schedule builds a cube to the tip of its topic, every so often or at times of a cron line.
              </Blank>
            ) : (
              <>
                <div class="filters"><span class="grow" /><NewButton onClick={() => setForm({ schedule: null })} /></div>
                <table class="table">
                  <caption class="unseen">Schedules</caption>
                  <thead><tr><th>Cube</th><th>Rule</th><th>Next run</th><th>Why then</th><th>Last run</th><th>Outcome</th><th><span class="unseen">Actions</span></th></tr></thead>
                  <tbody>
                    {all.map((schedule) => <Row key={schedule.cube} schedule={schedule} onEdit={() => setForm({ schedule })} />)}
                  </tbody>
                </table>
              </>
            )
          }
        </Region>
      </div>
      {form && <ScheduleForm schedule={form.schedule} taken={schedules.data?.map((one) => one.cube) ?? []} onClose={() => setForm(null)} />}
    </>
  );
}

const NewButton = ({ onClick }: { onClick: () => void }) => (
  <button type="button" class="button primary" onClick={onClick}><Icon name="plus" />New schedule</button>
);

export function ruleText(schedule: Schedule): string {
  const windows = schedule.windows?.length ?? 0;
  const rule = schedule.every ? `every ${schedule.every}` : schedule.cron ? schedule.cron : 'only within its windows';
  return windows > 0 ? `${rule}, ${windows} ${windows === 1 ? 'window' : 'windows'}` : rule;
}

function Row({ schedule, onEdit }: { schedule: Schedule; onEdit: () => void }) {
  const act = (run: () => Promise<unknown>, done: string) => run().then(() => {
    tell(done);
    return reread();
  }, tellError);
  const { cube } = schedule;
  return (
    <tr>
      <td class="nowrap"><a href={format(cubeRoute(cube))}>{cube}</a></td>
      <td class="nowrap"><span class={schedule.cron ? 'mono' : ''}>{ruleText(schedule)}</span>{schedule.time_zone && schedule.time_zone !== 'UTC' && <span class="quiet"> {schedule.time_zone}</span>}</td>
      <td class="nowrap">{schedule.paused ? <span class="state"><Glyph state="stopped" />Paused</span> : schedule.next_run ? <><Time at={schedule.next_run} /> <span class="quiet"><Until at={schedule.next_run} /></span></> : <span class="quiet">-</span>}</td>
      <td class="quiet" style={{ paddingBlock: 4 }}>{schedule.why}</td>
      <td class="nowrap"><Time at={schedule.last_run} /></td>
      <td title={schedule.last_message ?? undefined}>
        {schedule.last_outcome ? (
          <span class={schedule.last_outcome === 'failed' ? 'error-text' : ''}>
            {OUTCOMES[schedule.last_outcome] ?? schedule.last_outcome}
            {schedule.last_outcome === 'failed' && schedule.last_message && `: ${schedule.last_message}`}
          </span>
        ) : <span class="quiet">not run yet</span>}{' '}
        {schedule.last_job && <a href={format(monitor({ job: schedule.last_job }))}>job</a>}
      </td>
      <td class="right nowrap">
        {schedule.paused
          ? <button type="button" class="button small" onClick={() => void act(() => resumeSchedule(cube), `Resumed the schedule of ${cube}.`)}>Resume</button>
          : <button type="button" class="button small" onClick={() => void act(() => pauseSchedule(cube), `Paused the schedule of ${cube}.`)}>Pause</button>}{' '}
        <button type="button" class="button small" onClick={onEdit}>Edit</button>{' '}
        <button
          type="button"
          class="button small"
          onClick={() => ask({
            title: `Delete the schedule of ${cube}?`,
            body: <p>It no longer builds by itself. Jobs that it started and all segments stay.</p>,
            action: 'Delete 1 schedule',
            run: () => deleteSchedule(cube).then(() => {
              tell(`Deleted the schedule of ${cube}.`);
              return reread();
            }),
          })}
        >
          Delete
        </button>
      </td>
    </tr>
  );
}
