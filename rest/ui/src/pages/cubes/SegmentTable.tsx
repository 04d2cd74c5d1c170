import { bytes, count } from '../../lib/format';
import { format, monitor } from '../../lib/route';
import { Grid, type Column } from '../../parts/Grid';
import { Glyph } from '../../parts/State';
import { Time } from '../../parts/time';
import type { Item, Model } from '../../pictures/model';

const dash = <span class="quiet">-</span>;

export function SegmentTable({ model, chosen, onSelect, onHover }: {
  model: Model;
  chosen: Item | null;
  onSelect: (index: number | null) => void;
  onHover: (index: number | null) => void;
}) {
  const { items } = model;
  return (
    <section class="panel fixed-list" style={{ height: Math.min(460, 30 + items.length * 28 + 2) }} onMouseLeave={() => onHover(null)}>
      <Grid
        label="Segments and holes"
        isMain
        columns={columns}
        count={items.length}
        row={(index) => items[index]}
        isSelected={(item) => item.id === chosen?.id}
        onOpen={(item) => onSelect(item.id === chosen?.id ? null : item.index)}
        reveal={chosen?.index ?? null}
      />
    </section>
  );
}

const columns: readonly Column<Item>[] = [
  {
    key: 'state', head: 'State', width: '92px',
    cell: (item) => {
      if (item.state === 'hole') return <span class="state error-text"><Glyph state="hole" />Hole</span>;
      return item.state === 'ready' ? <span class="state"><Glyph state="ready" />Ready</span> : <span class="state"><Glyph state="running" progress={60} />Building</span>;
    },
  },
  { key: 'name', head: 'Segment', width: 'minmax(130px, 1.3fr)', cell: (item) => <span title={item.name}>{item.name}</span> },
  { key: 'offsets', head: 'Offsets', width: 'minmax(80px, 1fr)', align: 'right', cell: (item) => count(item.offsets) },
  { key: 'rows', head: 'Rows', width: 'minmax(80px, 1fr)', align: 'right', cell: (item) => (item.state === 'ready' ? count(item.segment!.input_records) : dash) },
  { key: 'first', head: 'First event', width: '186px', from: 620, cell: (item) => (item.segment?.input_records ? <Time at={item.segment.date_range_start} /> : dash) },
  { key: 'last', head: 'Last event', width: '172px', from: 740, cell: (item) => (item.segment?.input_records ? <Time at={item.segment.date_range_end} /> : dash) },
  { key: 'size', head: 'Size', width: '88px', align: 'right', from: 900, cell: (item) => (item.state === 'ready' ? bytes(item.segment!.bytes ?? item.segment!.size_kb * 1024) : dash) },
  { key: 'cuboids', head: 'Cuboids', width: '76px', align: 'right', from: 960, cell: (item) => (item.segment?.cuboids ? count(item.segment.cuboids) : dash) },
  { key: 'built', head: 'Built', width: '172px', from: 1120, cell: (item) => <Time at={item.segment?.last_build_time ?? 0} /> },
  {
    key: 'job', head: 'Job', width: '60px', from: 520,
    cell: (item) => {
      const job = item.segment?.last_build_job_id ?? item.hole?.job;
      return job ? <a href={format(monitor({ job, period: 'all' }))} tabIndex={-1}>job</a> : dash;
    },
  },
];
