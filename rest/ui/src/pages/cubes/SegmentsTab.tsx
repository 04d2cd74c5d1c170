import { useEffect, useMemo, useState } from 'preact/hooks';
import { listHoles, listPartitions, listSegments } from '../../api/cubes';
import type { Cube } from '../../api/types';
import { count, counted } from '../../lib/format';
import type { PartitionRange } from '../../lib/offsets';
import type { CubeRoute } from '../../lib/route';
import { IconButton, Segmented } from '../../parts/controls';
import { Blank, Region } from '../../parts/region';
import { EventTimeline } from '../../pictures/EventTimeline';
import { Hatches } from '../../pictures/Hatches';
import { buildModel, buildRows, type Model } from '../../pictures/model';
import { OffsetTimeline } from '../../pictures/OffsetTimeline';
import { useData } from '../../state/data';
import { go } from '../../state/router';
import { show } from '../../state/zone';
import { questionFor } from '../insight/link';
import { HoleCard } from './HoleCard';
import { Legend } from './Legend';
import { SegmentCard } from './SegmentCard';
import { SegmentTable } from './SegmentTable';

export function SegmentsTab({ cube, at }: { cube: Cube; at: CubeRoute }) {
  const segments = useData({ key: ['cube', cube.name, 'segments'], read: (signal) => listSegments(cube.name, signal) });
  const holes = useData({ key: ['cube', cube.name, 'holes'], read: (signal) => listHoles(cube.name, signal) });
  const partitions = useData({ key: ['cube', cube.name, 'partitions'], read: (signal) => listPartitions(cube.name, signal), every: 10_000 });
  const model = useMemo(() => segments.data && buildModel(segments.data, holes.data ?? []), [segments.data, holes.data]);
  const rows = useMemo(() => (model ? buildRows(model.items, partitions.data ?? []) : []), [model, partitions.data]);
  if (!model) return <Region of={segments}>{() => null}</Region>;
  if (model.items.length === 0) {
    return <Blank title="No segments yet">Build the cube: its first segment begins at the cube's first offsets and ends at the tip.</Blank>;
  }
  return <Views cube={cube} at={at} model={model} rows={rows} />;
}

function Views({ cube, at, model, rows }: { cube: Cube; at: CubeRoute; model: Model; rows: ReturnType<typeof buildRows> }) {
  const [hovered, setHovered] = useState<number | null>(null);
  const [planned, setPlanned] = useState<readonly PartitionRange[]>([]);
  const [byLag, setByLag] = useState(false);
  const sorted = useMemo(() => (byLag ? [...rows].sort((a, b) => (b.lag ?? -1) - (a.lag ?? -1) || a.partition - b.partition) : rows), [rows, byLag]);
  const wanted = at.hole ?? at.segment;
  const chosen = model.items.find((item) => wanted !== null && (item.id === wanted || item.name === wanted) && (item.state === 'hole') === (at.hole !== null)) ?? null;
  const select = (index: number | null) => {
    const item = index === null ? null : model.items[index]!;
    go({ ...at, segment: item && item.state !== 'hole' ? item.id : null, hole: item?.state === 'hole' ? item.id : null }, 'replace');
  };
  useEffect(() => setPlanned([]), [chosen?.id]);
  useEffect(() => {
    const escape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
      if (wanted !== null) select(null);
      else if (at.from !== null) go({ ...at, from: null, to: null });
    };
    document.addEventListener('keydown', escape);
    return () => document.removeEventListener('keydown', escape);
  });

  const bulk = model.bulk ?? model.all;
  const from = at.from ?? bulk?.from ?? 0;
  const to = at.to ?? bulk?.to ?? 1;
  const margin = at.from === null ? Math.max(1, (to - from) * 0.01) : 0;
  const range = (a: number, b: number) => {
    const [left, right] = [Math.round(a), Math.max(Math.round(b), Math.round(a) + 60_000)];
    if (model.all && left <= model.all.from && right >= model.all.to) fit();
    else go({ ...at, from: left, to: right }, 'replace');
  };
  const fit = () => go({ ...at, from: null, to: null }, 'replace');
  const strays = model.all && bulk && (model.all.from < bulk.from || model.all.to > bulk.to);
  const common = { model, hovered, selected: chosen?.index ?? null, onHover: setHovered, onSelect: select };

  return (
    <>
      <Hatches />
      <div class="row wrap">
        <Segmented label="View" value={at.view} onChange={(view) => go({ ...at, view }, 'replace')} options={[['both', 'Both'], ['time', 'By event time'], ['offset', 'By offset']]} />
        <span class="quiet num">{counted(model.items.length - model.holes, 'segment')}{model.building > 0 && `, ${count(model.building)} building`}, {count(model.overlapping)} overlap in event time, {counted(model.holes, 'hole')}</span>
        <span class="grow" />
        <Legend model={model} />
      </div>
      {at.view !== 'offset' && (
        <section class="panel">
          <header>
            <h2>By event time</h2>
            <span class="quiet num hide-narrow">{show.full(from)} to {show.full(to)}</span>
            <span class="grow" />
            {strays && at.from === null && <button type="button" class="button small" onClick={() => go({ ...at, from: model.all!.from, to: model.all!.to })}>Strays outside: show all</button>}
            {cube.time_column && <a class="button small" href={questionFor(cube, from, to)}>Ask in Insight</a>}
            <Zooms onIn={() => range(from + (to - from) / 4, to - (to - from) / 4)} onOut={() => range(from - (to - from) / 2, to + (to - from) / 2)} onFit={fit} />
          </header>
          <div class="body">
            {bulk ? (
              <EventTimeline {...common} from={from - margin} to={to + margin} onRange={range} onFit={fit} />
            ) : <p class="quiet">No segment has rows yet, so there are no event times.</p>}
          </div>
        </section>
      )}
      {at.view !== 'time' && (
        <section class="panel">
          <header>
            <h2>By offset</h2>
            <span class="quiet num">{counted(rows.length, 'partition')}</span>
            <span class="grow" />
            <label class="row"><input type="checkbox" checked={byLag} onChange={(event) => setByLag(event.currentTarget.checked)} /> By lag</label>
            <Segmented label="Scale" value={at.scale} onChange={(scale) => go({ ...at, scale }, 'replace')} options={[['share', 'Share of partition'], ['offsets', 'Offsets']]} />
            <span class="quiet" style={{ width: 64, textAlign: 'right', fontSize: 12 }}>Lag</span>
          </header>
          <div class="body"><OffsetTimeline {...common} rows={sorted} scale={at.scale} planned={planned} /></div>
        </section>
      )}
      <div class={chosen ? 'beside' : ''}>
        <SegmentTable model={model} chosen={chosen} onSelect={select} onHover={setHovered} />
        {chosen?.hole && <HoleCard key={chosen.id} cube={cube} hole={chosen.hole} rows={rows} onPlan={setPlanned} close={() => select(null)} />}
        {chosen?.segment && <SegmentCard key={chosen.id} cube={cube} segment={chosen.segment} close={() => select(null)} />}
      </div>
    </>
  );
}

function Zooms({ onIn, onOut, onFit }: { onIn: () => void; onOut: () => void; onFit: () => void }) {
  return (
    <span class="row" style={{ gap: 0 }}>
      <IconButton icon="minus" label="Zoom out" small onClick={onOut} />
      <IconButton icon="plus" label="Zoom in" small onClick={onIn} />
      <IconButton icon="fit" label="Show all" small onClick={onFit} />
    </span>
  );
}
