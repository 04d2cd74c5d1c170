import type { FactScan, QueryAnswer, ScanReport } from '../../api/types';
import { bytes, count, counted, duration, percent } from '../../lib/format';
import { cube as cubeRoute, format } from '../../lib/route';
import { Blank } from '../../parts/region';
import { Glyph } from '../../parts/State';
import { rangeWords } from './range-words';

export function ScanReportView({ answer }: { answer: QueryAnswer }) {
  const report = answer.scanReport;
  if (!report || report.scans.length === 0) {
    return <div class="page-scroll"><Blank title="Nothing was scanned">This statement reads no cube.</Blank>{report && <div style={{ padding: 16 }}><Stages report={report} /></div>}</div>;
  }
  return (
    <div class="page-scroll" tabIndex={0} role="region" aria-label="Scan report">
      <div class="page-body">
        <Stages report={report} />
        {report.scans.map((scan, i) => <Scan key={i} scan={scan} />)}
      </div>
    </div>
  );
}

const STAGES = [['parse', 'parse_ms'], ['plan', 'plan_ms'], ['optimize', 'optimize_ms'], ['execute', 'execute_ms']] as const;

function Stages({ report }: { report: ScanReport }) {
  const sum = STAGES.reduce((all, [, key]) => all + report.stages[key], 0);
  return (
    <section aria-label="Stages">
      <div class="stages" aria-hidden="true">
        {STAGES.map(([name, key], i) => <i key={name} class={`heat-fill-${i + 2}`} style={{ flexGrow: Math.max(report.stages[key], sum * 0.004) }} />)}
      </div>
      <dl class="stage-words num">
        {STAGES.map(([name, key], i) => (
          <div key={name}><i class={`heat-fill-${i + 2}`} aria-hidden="true" /><dt>{name}</dt><dd>{duration(report.stages[key])}</dd></div>
        ))}
        <div><dt>all</dt><dd>{duration(sum)}</dd></div>
        <div><dt>read</dt><dd>{counted(report.rows_read, 'cuboid row')}, {bytes(report.bytes_read)}</dd></div>
      </dl>
    </section>
  );
}

function Scan({ scan }: { scan: FactScan }) {
  const unread = scan.segments.reduce((sum, one) => sum + one.bytes, 0);
  const range = rangeWords(scan.from, scan.to);
  const parts = [
    { name: 'scanned', value: scan.segments_scanned, what: 'read for this answer' },
    { name: 'pruned', value: scan.segments_pruned, what: 'hold no row of this time' },
    { name: 'building', value: scan.segments_building, what: 'not published yet' },
    { name: 'holes', value: scan.holes.length, what: 'touched: messages are missing' },
  ];
  return (
    <section class="panel">
      <header>
        <h2><a href={format(cubeRoute(scan.cube))}>{scan.cube}</a></h2>
        <span class="quiet">for table {scan.table}, {range}</span>
      </header>
      <div class="body stack">
        <div class="funnel" role="img" aria-label={`Of ${counted(scan.segments_considered, 'segment')}, ${parts.map((part) => `${part.value} ${part.name}`).join(', ')}`}>
          {parts.map((part) => part.value > 0 && <i key={part.name} class={part.name} style={{ flexGrow: part.value }} />)}
        </div>
        <dl class="stage-words num">
          <div><dt>considered</dt><dd>{counted(scan.segments_considered, 'segment')}</dd></div>
          {parts.map((part) => (part.value > 0 || part.name === 'scanned' || part.name === 'pruned') && (
            <div key={part.name} title={part.what}><i class={`swatch ${part.name}`} aria-hidden="true" /><dt>{part.name}</dt><dd>{count(part.value)}</dd></div>
          ))}
        </dl>
        {scan.holes.length > 0 && (
          <ul class="stack" style={{ gap: 2 }}>
            {scan.holes.map((hole) => (
              <li key={hole.name} class="row">
                <Glyph state="hole" />
                <a href={format(cubeRoute(scan.cube, { tab: 'segments', hole: hole.name }))}>{hole.name}</a>
                <span class="quiet">{rangeWords(hole.from, hole.to)}, {hole.cause}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
      {scan.segments.length > 0 && (
        <div class="scroll-x scan-table">
          <table class="table">
            <caption class="unseen">Segments that were read</caption>
            <thead>
              <tr><th>Segment</th><th>Cuboid</th><th>Its dimensions</th><th class="right">Its rows</th><th class="right">Rows read</th><th class="right">Its bytes</th><th class="right">Bytes read</th></tr>
            </thead>
            <tbody>
              {scan.segments.map((one) => (
                <tr key={one.id}>
                  <td class="nowrap"><a href={format(cubeRoute(scan.cube, { tab: 'segments', segment: one.id }))}>{one.segment}</a></td>
                  <td class="mono">0x{BigInt(one.cuboid).toString(16).toUpperCase()}</td>
                  <td>{one.dimensions.length > 0 ? one.dimensions.join(', ') : <span class="quiet">none: totals</span>}</td>
                  <td class="right">{count(one.rows)}</td>
                  <td class="right">{count(one.rows_read)}</td>
                  <td class="right nowrap">{bytes(one.bytes)}</td>
                  <td class="right nowrap">{bytes(one.bytes_read)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <td colSpan={4}>{counted(scan.segments.length, 'segment')}</td>
                <td class="right">{count(scan.segments.reduce((sum, one) => sum + one.rows_read, 0))}</td>
                <td class="right nowrap">{bytes(unread)}</td>
                <td class="right nowrap" title={percent(scan.segments.reduce((sum, one) => sum + one.bytes_read, 0), unread)}>{bytes(scan.segments.reduce((sum, one) => sum + one.bytes_read, 0))}</td>
              </tr>
            </tfoot>
          </table>
        </div>
      )}
    </section>
  );
}
