import { listCubes } from '../../api/cubes';
import type { QueryAnswer } from '../../api/types';
import { count, counted, duration } from '../../lib/format';
import { cube as cubeRoute, format } from '../../lib/route';
import { Icon } from '../../parts/Icon';
import { copyText, Segmented } from '../../parts/controls';
import { Glyph } from '../../parts/State';
import { Age, Time } from '../../parts/time';
import { useData } from '../../state/data';
import { save } from '../../lib/save';
import { rangeWords } from './range-words';
import { toCsv, toJson, toMarkdown, toTsv } from './export';

/** What the answer is worth stands above it, always. */
export function AnswerStrip({ answer, limit, view, onView }: {
  answer: QueryAnswer;
  limit: number;
  view: 'result' | 'report';
  onView: (view: 'result' | 'report') => void;
}) {
  const report = answer.scanReport;
  const scans = report?.scans ?? [];
  const rows = answer.results.length;
  return (
    <>
      {report && !report.complete && <Incomplete answer={answer} />}
      <div class="answer-strip">
        <Segmented label="Show" value={view} onChange={onView} options={[['result', 'Result'], ['report', 'Scan report']]} />
        <span class="num"><b>{counted(rows, 'row')}</b>{rows === limit && <span class="warning-text"> (the limit)</span>}</span>
        <span class="num" title="Of the server, from the text to the last row">{duration(answer.duration)}</span>
        {report?.complete && scans.length > 0 && <span class="state"><Glyph state="ready" />Complete</span>}
        {scans.length > 0 && <Fresh cubes={[...new Set(scans.map((scan) => scan.cube))]} />}
        {report && scans.length > 0 && (
          <span class="quiet num answer-read">
            {counted(scans.reduce((sum, scan) => sum + scan.segments_scanned, 0), 'segment')}, {count(report.rows_read)} rows read
          </span>
        )}
        <span class="grow" />
        <Exports answer={answer} />
      </div>
    </>
  );
}

function Fresh({ cubes: names }: { cubes: readonly string[] }) {
  const cubes = useData({ key: ['cubes'], read: listCubes });
  const times = (cubes.data ?? []).filter((cube) => names.includes(cube.name)).map((cube) => cube.last_event_time ?? 0);
  const at = times.length > 0 ? Math.min(...times) : 0;
  if (at === 0) return null;
  return <span class="num">fresh to <Time at={at} /> <span class="quiet">(<Age at={at} suffix=" ago" />)</span></span>;
}

function Incomplete({ answer }: { answer: QueryAnswer }) {
  const touched = (answer.scanReport?.scans ?? []).flatMap((scan) => scan.holes.map((hole) => ({ cube: scan.cube, hole })));
  return (
    <div class="notice incomplete" role="alert">
      <Icon name="alert" />
      <b>Incomplete</b>
      <span class="grow cut">
        {counted(touched.length, 'hole touches', 'holes touch')} what was asked:{' '}
        {touched.slice(0, 3).map(({ cube, hole }, i) => (
          <span key={`${cube} ${hole.name}`} title={hole.cause}>
            {i > 0 && '; '}
            <a href={format(cubeRoute(cube, { tab: 'segments', hole: hole.name }))}>{hole.name}</a> {rangeWords(hole.from, hole.to)}
          </span>
        ))}
        {touched.length > 3 && `; and ${count(touched.length - 3)} more`}
      </span>
    </div>
  );
}

function Exports({ answer }: { answer: QueryAnswer }) {
  const heads = answer.columnMetas.map((column) => column.label);
  const rows = answer.results;
  const what = counted(rows.length, 'row');
  return (
    <span class="row exports" role="group" aria-label="Export">
      <button type="button" class="button plain small" onClick={() => void copyText(toTsv(heads, rows), `${what} as TSV`)}><Icon name="copy" />TSV</button>
      <button type="button" class="button plain small" onClick={() => void copyText(toMarkdown(heads, rows), `${what} as Markdown`)}>Markdown</button>
      <button type="button" class="button plain small" onClick={() => save('answer.csv', 'text/csv', toCsv(heads, rows))}><Icon name="download" />CSV</button>
      <button type="button" class="button plain small" onClick={() => save('answer.json', 'application/json', toJson(answer.columnMetas, rows))}>JSON</button>
    </span>
  );
}
