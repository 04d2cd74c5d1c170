import { useState } from 'preact/hooks';
import { buildRange, buildToTip, listPartitions } from '../../api/cubes';
import type { Cube, Job } from '../../api/types';
import { count, counted } from '../../lib/format';
import { parsePart, type PartitionRange } from '../../lib/offsets';
import { format, monitor } from '../../lib/route';
import { Dialog } from '../../parts/Dialog';
import { Segmented } from '../../parts/controls';
import { Fault, Region } from '../../parts/region';
import { useData } from '../../state/data';
import { tookAction } from '../../state/jobs';
import { tell } from '../../state/toasts';
import { rereadCube } from './cube-actions';

type Mode = 'tip' | 'offsets';

export function BuildDialog({ cube, onClose }: { cube: Cube; onClose: () => void }) {
  const [mode, setMode] = useState<Mode>('tip');
  const [typed, setTyped] = useState<Readonly<Record<number, { first: string; last: string }>>>({});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const partitions = useData({ key: ['cube', cube.name, 'partitions'], read: (signal) => listPartitions(cube.name, signal) });
  const rows = (partitions.data ?? []).map((one) => {
    const start = BigInt(one.end ?? one.low ?? 0);
    const tip = one.tip === null ? start : BigInt(one.tip);
    const given = typed[one.partition] ?? { first: String(start), last: String(tip > start ? tip - 1n : start) };
    const whole = { partition: one.partition, start: 0n, end: 2n ** 63n - 1n };
    return { ...one, start, tip, given, part: given.last === '' || given.first === '' ? null : parsePart(whole, given.first, given.last) };
  });
  const ranges = rows.map((row) => row.part).filter((part): part is PartitionRange => typeof part === 'object' && part !== null);
  const isBad = rows.some((row) => typeof row.part === 'string');
  const waiting = rows.reduce((sum, row) => sum + (row.tip > row.start ? row.tip - row.start : 0n), 0n);

  const build = async () => {
    setBusy(true);
    setError(null);
    try {
      const job: Job = mode === 'tip' ? await buildToTip(cube.name) : await buildRange(cube.name, ranges);
      tookAction(job);
      tell(job.nothing_new ? 'There was nothing new to build.' : `Queued build ${job.related_segment_name} of ${cube.name}.`, {
        link: { to: format(monitor({ job: job.uuid })), text: 'Show job' },
      });
      onClose();
      await rereadCube(cube.name);
    } catch (cause) {
      setError(cause as Error);
      setBusy(false);
    }
  };

  return (
    <Dialog
      title={`Build ${cube.name}`}
      wide={mode === 'offsets'}
      onClose={onClose}
      onSubmit={() => void build()}
      footer={
        <>
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" data-focus disabled={busy || (mode === 'offsets' && (isBad || ranges.length === 0))}>Build</button>
        </>
      }
    >
      <Segmented label="Which offsets" value={mode} onChange={setMode} options={[['tip', 'To the tip'], ['offsets', 'Offsets by partition']]} />
      {mode === 'tip' && (
        <p>
          From the end of the last segment to the tip of each partition as it is now
          {partitions.data ? <>: {waiting > 0n ? counted(waiting, 'offset') : 'at present nothing'}.</> : '.'}
        </p>
      )}
      {mode === 'offsets' && (
        <Region of={partitions}>
          {() => (
            <table class="table">
              <thead><tr><th>Partition</th><th>First offset</th><th>Last offset</th><th class="right">Tip</th></tr></thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.partition}>
                    <td>{row.partition}</td>
                    {(['first', 'last'] as const).map((end) => (
                      <td key={end}>
                        <input
                          class="text num" style={{ width: 140 }} inputMode="numeric" aria-label={`${end === 'first' ? 'First' : 'Last'} offset of partition ${row.partition}`}
                          aria-invalid={typeof row.part === 'string'} value={row.given[end]}
                          onInput={(event) => setTyped({ ...typed, [row.partition]: { ...row.given, [end]: event.currentTarget.value } })}
                        />
                      </td>
                    ))}
                    <td class="right">{count(row.tip)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Region>
      )}
      {mode === 'offsets' && <p class="quiet">A partition without offsets is left out. Both ends are included.</p>}
      {error && <Fault error={error} />}
    </Dialog>
  );
}
