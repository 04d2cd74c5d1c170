import type { Job } from '../../api/types';
import { count } from '../../lib/format';
import { Bar } from '../../parts/controls';

/** The slowest first: it is what the step waits for. */
export function PartitionProgress({ job }: { job: Job }) {
  const rows = (job.partitions ?? [])
    .map(({ partition, start, end, position }) => {
      const [all, done] = [Number(BigInt(end) - BigInt(start)), Number(BigInt(position) - BigInt(start))];
      return { partition, all, done, percent: all > 0 ? (done / all) * 100 : 100 };
    })
    .sort((a, b) => a.percent - b.percent || a.partition - b.partition);
  if (rows.length === 0 || job.steps[0]?.step_status !== 'RUNNING') return null;
  return (
    <section aria-label="Partitions">
      <h3 class="quiet">Partitions</h3>
      <div class="partition-bars">
        {rows.map(({ partition, all, done, percent }) => (
          <div key={partition} class="row num">
            <span style={{ width: 34 }} class="quiet">p{partition}</span>
            <Bar percent={percent} state={percent >= 100 ? 'finished' : 'running'} />
            <span class="right" style={{ width: 150 }}>{count(done)} of {count(all)}</span>
          </div>
        ))}
      </div>
    </section>
  );
}
