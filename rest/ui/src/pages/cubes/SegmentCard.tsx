import type { Cube, Segment } from '../../api/types';
import { bytes, count, percent } from '../../lib/format';
import { inclusive, length, rangesOf } from '../../lib/offsets';
import { cube as cubeRoute, format, monitor } from '../../lib/route';
import { Copy, IconButton } from '../../parts/controls';
import { Time } from '../../parts/time';
import { questionFor } from '../insight/link';
import { removeSegment } from './cube-actions';

export function SegmentCard({ cube, segment, close }: { cube: Cube; segment: Segment; close: () => void }) {
  const ranges = rangesOf(segment);
  const isReady = segment.status === 'READY';
  const { ledger } = segment;
  return (
    <section class="panel card" aria-label={`Segment ${segment.name}`}>
      <header>
        <h2 class="grow cut" title={segment.name}>Segment {segment.name}</h2>
        <Copy text={segment.name} what="the name" />
        <IconButton icon="close" label="Close the segment" small onClick={close} />
      </header>
      <div class="body stack">
        <dl class="facts">
          {isReady && segment.input_records > 0 && <><dt>First event</dt><dd><Time at={segment.date_range_start} full /></dd><dt>Last event</dt><dd><Time at={segment.date_range_end} full /></dd></>}
          <dt>Rows</dt><dd>{isReady ? count(segment.input_records) : 'building'}</dd>
          {ledger && <><dt>Not rows</dt><dd>{count(ledger.filtered)} filtered, {count(ledger.rejected)} rejected, {count(ledger.absent)} absent <span class="quiet">({percent(ledger.rows, ledger.offsets)} are rows)</span></dd></>}
          {isReady && <><dt>Size</dt><dd>{bytes(segment.bytes ?? segment.size_kb * 1024)}{segment.cuboids ? `, ${count(segment.cuboids)} cuboids` : ''}</dd></>}
          {segment.last_build_time > 0 && <><dt>Built</dt><dd><Time at={segment.last_build_time} full /></dd></>}
        </dl>
        <table class="table inner">
          <caption class="unseen">Offsets of the segment</caption>
          <thead><tr><th>Partition</th><th class="right">First</th><th class="right">Last</th><th class="right">Offsets</th></tr></thead>
          <tbody>
            {ranges.map((range) => (
              <tr key={range.partition}>
                <td>{range.partition}</td><td class="right">{count(inclusive(range).first)}</td><td class="right">{count(inclusive(range).last)}</td><td class="right">{count(length(range))}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <div class="row wrap">
          {segment.last_build_job_id && <a class="button small" href={format(monitor({ job: segment.last_build_job_id, period: 'all' }))}>Job</a>}
          {isReady && <a class="button small" href={format(cubeRoute(cube.name, { tab: 'ledger', segment: segment.uuid }))}>Ledger</a>}
          {isReady && cube.time_column && segment.input_records > 0 && <a class="button small" href={questionFor(cube, segment.date_range_start, segment.date_range_end + 1)}>Ask in Insight</a>}
          <span class="grow" />
          {isReady && <button type="button" class="button small" onClick={() => removeSegment(cube.name, segment, close)}>Delete</button>}
        </div>
      </div>
    </section>
  );
}
