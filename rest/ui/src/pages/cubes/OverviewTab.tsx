import { useState } from 'preact/hooks';
import { listPartitions } from '../../api/cubes';
import { listJobs } from '../../api/jobs';
import { listSchedules } from '../../api/schedules';
import type { Cube, Partition } from '../../api/types';
import { bytes, count } from '../../lib/format';
import { format, monitor } from '../../lib/route';
import { Region } from '../../parts/region';
import { JobStateLabel } from '../../parts/State';
import { Age, Elapsed, Time, Until } from '../../parts/time';
import { useData } from '../../state/data';
import { pageKey } from '../../state/jobs';
import { endOf } from '../monitor/JobTable';
import { ruleText } from '../monitor/SchedulesView';
import { ScheduleForm } from '../monitor/ScheduleForm';
import { Progress } from '../monitor/Progress';
import { Freshness, Holes, Lag } from './CubesPage';
import { sizeOf } from './cube-list';

export function OverviewTab({ cube }: { cube: Cube }) {
  return (
    <>
      <dl class="stats">
        <div><dt>Rows</dt><dd>{count(cube.input_records_count)}</dd></div>
        <div><dt>Size</dt><dd>{bytes(sizeOf(cube))}</dd></div>
        <div><dt>Segments</dt><dd>{count(cube.segments_count ?? cube.segments.length)}{cube.building_count ? <small> {count(cube.building_count)} building</small> : null}</dd></div>
        {cube.cuboids !== undefined && <div><dt>Cuboids</dt><dd>{count(cube.cuboids)}</dd></div>}
        <div><dt>Lag</dt><dd><Lag cube={cube} /></dd></div>
        <div><dt>Freshness</dt><dd><Freshness cube={cube} /></dd></div>
        <div><dt>Holes</dt><dd><Holes cube={cube} /></dd></div>
        <div><dt>Last build</dt><dd>{cube.last_build_time ? <Age at={cube.last_build_time} /> : '-'}</dd></div>
      </dl>
      <div class="columns">
        <Partitions cube={cube} />
        <div class="stack" style={{ gap: 16 }}>
          <ScheduleLine cube={cube.name} />
          <RecentJobs cube={cube.name} />
        </div>
      </div>
    </>
  );
}

function Partitions({ cube }: { cube: Cube }) {
  const partitions = useData({ key: ['cube', cube.name, 'partitions'], read: (signal) => listPartitions(cube.name, signal), every: 10_000 });
  return (
    <section class="panel">
      <header><h2 class="grow">Partitions{cube.topic && <span class="quiet"> of topic {cube.topic}</span>}</h2>{partitions.data && <AsOf partitions={partitions.data} />}</header>
      <Region of={partitions} rows={4}>
        {(rows) => (
          <div class="scroll-x">
            <table class="table">
              <caption class="unseen">Where Kafka and the cube stand, by partition</caption>
              <thead><tr><th>Partition</th><th class="right">Kafka from</th><th class="right">Built from</th><th class="right">Next offset</th><th class="right">Tip</th><th class="right">Lag</th></tr></thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.partition}>
                    <td>{row.partition}</td>
                    <td class="right">{count(row.low)}</td>
                    <td class="right">{count(row.start)}</td>
                    <td class="right">{count(row.end)}</td>
                    <td class="right" title={row.high === null ? undefined : `High watermark ${count(row.high)}`}>{count(row.tip)}</td>
                    <td class="right">{row.lag === null ? <span class="quiet" title="The topic did not answer lately">unknown</span> : count(row.lag)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Region>
    </section>
  );
}

function AsOf({ partitions }: { partitions: readonly Partition[] }) {
  const at = Math.min(...partitions.map((one) => one.as_of || Infinity));
  return Number.isFinite(at) && at > 0 ? <span class="quiet">as of <Age at={at} /></span> : null;
}

function ScheduleLine({ cube }: { cube: string }) {
  const schedules = useData({ key: ['schedules'], read: listSchedules });
  const [isOpen, setOpen] = useState(false);
  const mine = schedules.data?.find((one) => one.cube === cube);
  return (
    <section class="panel">
      <header>
        <h2 class="grow">Schedule</h2>
        {schedules.data && <button type="button" class="button small" onClick={() => setOpen(true)}>{mine ? 'Edit' : 'Add a schedule'}</button>}
      </header>
      <Region of={schedules} rows={1}>
        {() =>
          mine ? (
            <div class="body stack">
              <div class="row wrap">
                <b>{ruleText(mine)}</b>
                {mine.paused ? 'paused' : mine.next_run ? <>next <Time at={mine.next_run} /> <span class="quiet"><Until at={mine.next_run} /></span></> : null}
              </div>
              {mine.why && <p class="quiet">{mine.why}</p>}
            </div>
          ) : (
            <p class="body quiet">It is built by hand or over HTTP.</p>
          )
        }
      </Region>
      {isOpen && <ScheduleForm schedule={mine ?? null} taken={[]} cube={cube} onClose={() => setOpen(false)} />}
    </section>
  );
}

function RecentJobs({ cube }: { cube: string }) {
  const filter = { cube, states: [], period: 'all' as const, text: '' };
  const jobs = useData({ key: pageKey(filter, -1), read: (signal) => listJobs(filter, 0, 8, signal) });
  return (
    <section class="panel">
      <header><h2 class="grow">Recent jobs</h2><a href={format(monitor({ cube, period: 'all' }))}>All jobs</a></header>
      <Region of={jobs} rows={4}>
        {({ jobs: rows }) =>
          rows.length === 0 ? <p class="body quiet">No jobs yet.</p> : (
            <div class="scroll-x">
              <table class="table">
                <caption class="unseen">Recent jobs</caption>
                <thead><tr><th>State</th><th>Segment</th><th>Progress</th><th class="right">Duration</th><th>Started</th></tr></thead>
                <tbody>
                  {rows.map((job) => (
                    <tr key={job.uuid}>
                      <td><JobStateLabel state={job.job_status} progress={job.progress} /></td>
                      <td class="nowrap"><a href={format(monitor({ job: job.uuid, cube, period: 'all' }))}>{job.related_segment_name}</a></td>
                      <td style={{ minWidth: 120, maxWidth: 180 }}><Progress job={job} /></td>
                      <td class="right nowrap"><Elapsed from={job.exec_start_time} to={endOf(job)} /></td>
                      <td class="nowrap"><Time at={job.exec_start_time || job.create_time_utc} /></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Region>
    </section>
  );
}
