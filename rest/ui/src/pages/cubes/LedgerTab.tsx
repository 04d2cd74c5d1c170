import { getLedger, getSegmentLedger, listPartitions } from '../../api/cubes';
import type { Cube, Ledger, LedgerTerms, SegmentLedgerPartition } from '../../api/types';
import { count, counted, percent } from '../../lib/format';
import { cube as cubeRoute, format, type CubeRoute } from '../../lib/route';
import { Grid, type Column } from '../../parts/Grid';
import { Icon } from '../../parts/Icon';
import { IconButton } from '../../parts/controls';
import { Blank, Region } from '../../parts/region';
import { Glyph } from '../../parts/State';
import { useData } from '../../state/data';
import { go } from '../../state/router';
import { save } from '../../lib/save';
import { difference, explained, ledgerCsv, reasons, withLag } from './ledger-sum';

export function LedgerTab({ cube, at }: { cube: Cube; at: CubeRoute }) {
  const ledger = useData({ key: ['cube', cube.name, 'ledger'], read: (signal) => getLedger(cube.name, signal) });
  const partitions = useData({ key: ['cube', cube.name, 'partitions'], read: (signal) => listPartitions(cube.name, signal), every: 10_000 });
  return (
    <Region of={ledger}>
      {(data) =>
        data.partitions.length === 0 ? (
          <Blank title="Nothing is built yet">The ledger says what became of every offset; it begins with the first segment.</Blank>
        ) : (
          <>
            <Partitions cube={cube.name} ledger={withLag(data, partitions.data ?? [])} />
            <Segments cube={cube.name} ledger={data} at={at} />
          </>
        )
      }
    </Region>
  );
}

function Check({ terms, check }: { terms: LedgerTerms; check?: string }) {
  const off = difference(terms);
  if (off === 0 && (check === undefined || check === 'ok')) return <span class="state"><Glyph state="ready" />ok</span>;
  return <span class="error-text">{off !== 0 ? `differs by ${count(off)}` : check}</span>;
}

function Partitions({ cube, ledger }: { cube: string; ledger: Ledger }) {
  const { known, all, holes, building, lag } = explained(ledger);
  return (
    <section class="panel">
      <header>
        <h2>By partition</h2>
        <span class="quiet hide-narrow">offsets = rows + filtered + rejected + absent</span>
        <span class="grow" />
        <button type="button" class="button small" onClick={() => save(`${cube}-ledger.csv`, 'text/csv', ledgerCsv(ledger))}><Icon name="download" />CSV</button>
      </header>
      <div class="scroll-x">
        <table class="table ledger">
          <caption class="unseen">Ledger by partition</caption>
          <thead>
            <tr>
              <th>Partition</th><th class="right">Offsets</th><th class="right">Rows</th><th class="right">Filtered</th><th class="right">Rejected</th>
              <th class="right">Absent</th><th>Check</th><th class="right">Holes</th><th class="right">Lag</th>
            </tr>
          </thead>
          <tbody>
            {ledger.partitions.map((one) => (
              <tr key={one.partition}>
                <td>{one.partition}</td>
                <td class="right">{count(one.offsets)}</td>
                <td class="right">{count(one.rows)}</td>
                <td class="right"><Why value={one.filtered} of={one.filtered_reasons} /></td>
                <td class="right"><Why value={one.rejected} of={one.rejected_reasons} /></td>
                <td class="right">{zero(one.absent)}</td>
                <td><Check terms={one} check={one.check} /></td>
                <td class="right">{one.holes ? <a class="error-text" href={format(cubeRoute(cube, { tab: 'segments', view: 'offset' }))}>{count(one.holes)}</a> : zero(one.holes ?? null)}</td>
                <td class="right">{zero(one.lag ?? null)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <td>all</td>
              {(['offsets', 'rows', 'filtered', 'rejected', 'absent'] as const).map((key) => <td key={key} class="right">{count(ledger.totals[key])}</td>)}
              <td><Check terms={ledger.totals} /></td>
              <td class="right">{count(holes)}</td>
              <td class="right">{count(lag)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
      <p class="body quiet num">
        From the cube's start to the tip, {percent(known, all)} of {counted(all, 'offset')} are explained{holes > 0 ? `; ${count(holes)} lie in holes` : ''}{building > 0 ? `; ${count(building)} are being built` : ''}
        {lag === null ? '; how far the topic has grown is not known' : lag > 0 ? `; ${count(lag)} wait for the next build` : ''}.
      </p>
    </section>
  );
}

const zero = (value: number | null) => (value === 0 ? <span class="quiet">0</span> : count(value));

function Why({ value, of }: { value: number; of: Readonly<Record<string, number>> }) {
  if (value === 0) return <span class="quiet">0</span>;
  return <span class="why" title={reasons(of)}>{count(value)}</span>;
}

type Row = Ledger['segments'][number];

/** Rows are nearly all; the three small terms get a strip of their own on a scale of powers. */
function Small({ terms }: { terms: LedgerTerms }) {
  const parts = [['filtered', terms.filtered], ['rejected', terms.rejected], ['absent', terms.absent]] as const;
  const width = (value: number) => (value <= 0 ? 0 : Math.min(100, ((Math.log10(value) + 1) / 7) * 100));
  return (
    <span class="small-terms" aria-hidden="true">
      {parts.map(([name, value]) => <i key={name} class={name} style={{ width: `${width(value)}%` }} title={`${name}: ${count(value)}`} />)}
    </span>
  );
}

function Segments({ cube, ledger, at }: { cube: string; ledger: Ledger; at: CubeRoute }) {
  const rows = ledger.segments;
  const chosen = rows.find((one) => one.uuid === at.segment || one.name === at.segment) ?? null;
  const open = (row: Row | null) => go({ ...at, segment: row?.uuid ?? null });
  const columns: readonly Column<Row>[] = [
    { key: 'name', head: 'Segment', width: 'minmax(130px, 1.4fr)', cell: (row) => <span title={row.name}>{row.name}</span> },
    ...(['offsets', 'rows', 'filtered', 'rejected', 'absent'] as const).map((key): Column<Row> => ({
      key, head: key.charAt(0).toUpperCase() + key.slice(1), width: 'minmax(74px, 1fr)', align: 'right', cell: (row: Row) => zero(row.totals[key]),
    })),
    { key: 'scale', head: 'Not rows', width: 'minmax(90px, 1fr)', from: 760, title: 'Filtered, rejected, absent; each step is ten times more', cell: (row) => <Small terms={row.totals} /> },
    { key: 'check', head: 'Check', width: '84px', cell: (row) => <Check terms={row.totals} /> },
  ];
  return (
    <div class={chosen ? 'beside' : ''}>
      <section class="panel fixed-list" style={{ height: Math.min(520, 66 + rows.length * 28 + 2) }}>
        <header><h2>By segment</h2><span class="quiet">{counted(rows.length, 'segment')}</span></header>
        <Grid
          label="Ledger by segment" isMain columns={columns} count={rows.length} row={(index) => rows[index]}
          isSelected={(row) => row.uuid === chosen?.uuid} onOpen={(row) => open(row)} reveal={chosen ? rows.indexOf(chosen) : null}
        />
      </section>
      {chosen && <Detail cube={cube} row={chosen} close={() => open(null)} />}
    </div>
  );
}

function Detail({ cube, row, close }: { cube: string; row: Row; close: () => void }) {
  const ledger = useData({ key: ['cube', cube, 'segment ledger', row.uuid], read: (signal) => getSegmentLedger(cube, row.uuid, signal) });
  return (
    <section class="panel" aria-label={`Ledger of segment ${row.name}`}>
      <header><h2 class="grow cut">Segment {row.name}</h2><IconButton icon="close" label="Close the ledger of the segment" small onClick={close} /></header>
      <Region of={ledger}>
        {(data) => (
          <div class="scroll-y">
            {data.partitions.map((one) => (
              <div key={one.partition} class="body partition-ledger">
                <div class="spread"><h3>Partition {one.partition}</h3><span class="quiet num">{count(one.start)}..{count(BigInt(one.end) - 1n)}</span></div>
                <dl class="facts">
                  <dt>Rows</dt><dd>{count(one.rows)} of {count(one.offsets ?? Number(BigInt(one.end) - BigInt(one.start)))} offsets</dd>
                  {one.filtered > 0 && <><dt>Filtered</dt><dd>{reasons(one.filtered_reasons)}</dd></>}
                  {one.rejected > 0 && <><dt>Rejected</dt><dd>{reasons(one.rejected_reasons)}<Runs runs={one.rejected_runs} partition={one} /></dd></>}
                  {one.absent > 0 && <><dt>Absent</dt><dd>{count(one.absent)}<Runs runs={one.absent_runs} partition={one} /></dd></>}
                </dl>
              </div>
            ))}
          </div>
        )}
      </Region>
    </section>
  );
}

function Runs({ runs, partition }: { runs: SegmentLedgerPartition['rejected_runs']; partition: SegmentLedgerPartition }) {
  const shown = runs.slice(0, 12).map(([start, end]) => {
    const last = BigInt(end) - 1n;
    return BigInt(start) === last ? count(start) : `${count(start)}..${count(last)}`;
  });
  return <div class="quiet num">at {shown.join('; ')}{runs.length > 12 || !partition.runs_complete ? '; …' : ''}</div>;
}
