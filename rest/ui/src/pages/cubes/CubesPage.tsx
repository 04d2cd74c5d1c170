import './cubes.css';
import { listCubes } from '../../api/cubes';
import type { Cube } from '../../api/types';
import { age, bytes, count } from '../../lib/format';
import { cube as cubeRoute, cubes as cubesRoute, format, monitor, type CubesRoute } from '../../lib/route';
import { Grid, type Column } from '../../parts/Grid';
import { Search, Segmented } from '../../parts/controls';
import { Blank, Region } from '../../parts/region';
import { Glyph } from '../../parts/State';
import { Time } from '../../parts/time';
import { now } from '../../state/clock';
import { useData } from '../../state/data';
import { go } from '../../state/router';
import { show } from '../../state/zone';
import { filterCubes, sizeOf, sortCubes } from './cube-list';
import { Title } from '../../parts/Title';

export function CubesPage({ at }: { at: CubesRoute }) {
  const cubes = useData({ key: ['cubes'], read: listCubes, every: 15_000 });
  return (
    <>
      <div class="page-head">
        <Title>Cubes</Title>
        <Search label="Filter cubes by name, model or topic" placeholder="Filter" value={at.text} onInput={(text) => go({ ...at, text }, 'replace')} />
        <Segmented
          label="State"
          value={at.state ?? 'all'}
          options={[['all', 'All'], ['ready', 'Ready'], ['disabled', 'Disabled'], ['holes', 'With holes']]}
          onChange={(state) => go({ ...at, state: state === 'all' ? null : state })}
        />
      </div>
      <Region of={cubes}>{(all) => <List all={all} at={at} />}</Region>
    </>
  );
}

function List({ all, at }: { all: readonly Cube[]; at: CubesRoute }) {
  const shown = sortCubes(filterCubes(all, at.text, at.state), at.sort);
  if (all.length === 0) {
    return (
      <Blank icon="box" title="No cubes yet" action={<a class="button" href="/api">Open the HTTP interface</a>}>
        Write a specification and create its cube with <code>kirin cubes create sales.yaml</code>, or try <code>kirin demo</code>.
      </Blank>
    );
  }
  if (shown.length === 0) {
    return <Blank icon="search" title="No cube matches" action={<button type="button" class="button" onClick={() => go(cubesRoute())}>Clear filters</button>} />;
  }
  return (
    <Grid
      label="Cubes"
      isMain
      columns={columns}
      count={shown.length}
      row={(index) => shown[index]}
      sort={at.sort}
      onSort={(sort) => go({ ...at, sort })}
      onOpen={(cube) => go(cubeRoute(cube.name))}
    />
  );
}

export function CubeState({ cube }: { cube: Cube }) {
  if (cube.status === 'READY') return <span class="state"><Glyph state="ready" />Ready</span>;
  if (cube.enabled) return <span class="state" title="It has no segment yet"><Glyph state="pending" />Empty</span>;
  return <span class="state"><Glyph state="disabled" />Disabled</span>;
}

export function Lag({ cube }: { cube: Cube }) {
  if (cube.lag === undefined) return <span class="quiet">-</span>;
  if (cube.lag === null) return <span class="quiet" title="The topic did not answer lately">unknown</span>;
  return <span title={`${count(cube.lag)} offsets wait for a build`}>{count(cube.lag)}</span>;
}

export function Freshness({ cube }: { cube: Cube }) {
  if (!cube.last_event_time) return <span class="quiet">-</span>;
  return <span title={`Newest event time that is answered:\n${show.both(cube.last_event_time)}`}>{age(now.value - cube.last_event_time)}</span>;
}

export function Holes({ cube }: { cube: Cube }) {
  if (cube.holes_count === 0) return <span class="quiet">0</span>;
  return (
    <a class="state error-text" href={format(cubeRoute(cube.name, { tab: 'segments', view: 'offset' }))} title={cube.holes_offsets ? `${count(cube.holes_offsets)} offsets` : undefined}>
      <Glyph state="hole" />{count(cube.holes_count)}
    </a>
  );
}

const columns: readonly Column<Cube>[] = [
  { key: 'name', head: 'Name', width: 'minmax(150px, 2fr)', sortable: true, cell: (cube) => <a href={format(cubeRoute(cube.name))} title={cube.name} tabIndex={-1}>{cube.name}</a> },
  { key: 'state', head: 'State', width: '92px', sortable: true, cell: (cube) => <CubeState cube={cube} /> },
  { key: 'rows', head: 'Rows', width: 'minmax(90px, 1fr)', align: 'right', sortable: true, cell: (cube) => count(cube.input_records_count) },
  { key: 'size', head: 'Size', width: '92px', align: 'right', sortable: true, from: 640, cell: (cube) => bytes(sizeOf(cube)) },
  { key: 'lag', head: 'Lag', width: 'minmax(80px, 1fr)', align: 'right', sortable: true, title: 'Offsets that no segment holds yet', cell: (cube) => <Lag cube={cube} /> },
  { key: 'fresh', head: 'Freshness', width: '96px', align: 'right', sortable: true, title: 'Age of the newest event that is answered', cell: (cube) => <Freshness cube={cube} /> },
  { key: 'holes', head: 'Holes', width: '76px', align: 'right', sortable: true, cell: (cube) => <Holes cube={cube} /> },
  { key: 'segments', head: 'Segments', width: '88px', align: 'right', sortable: true, from: 720, cell: (cube) => count(cube.segments_count ?? cube.segments.length) },
  {
    key: 'building', head: 'Building', width: '84px', align: 'right', from: 860,
    cell: (cube) => (cube.building_count ? <a class="state" href={format(monitor({ cube: cube.name, states: ['RUNNING', 'PENDING'] }))}><Glyph state="running" progress={60} />{count(cube.building_count)}</a> : <span class="quiet">0</span>),
  },
  { key: 'built', head: 'Last build', width: '156px', sortable: true, from: 960, cell: (cube) => <Time at={cube.last_build_time ?? 0} /> },
  { key: 'topic', head: 'Topic', width: 'minmax(90px, 1fr)', from: 1100, cell: (cube) => <span class="quiet" title={cube.topic}>{cube.topic ?? '-'}{cube.partitions ? `, ${cube.partitions} p` : ''}</span> },
];
