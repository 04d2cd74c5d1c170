import { useMemo, useState } from 'preact/hooks';
import { age, count, counted, middle } from '../lib/format';
import type { PartitionRange } from '../lib/offsets';
import type { Scale } from '../lib/route';
import { barPath, pixelRuns } from '../lib/runs';
import { windowOf } from '../lib/window';
import { useSize } from '../parts/hooks';
import { now } from '../state/clock';
import type { ItemState, Model, PartitionRow } from './model';
import { Picture } from './Picture';

/** Rows beyond these many get low, and a scroll bar of their own. */
const MANY = 60;
const MOST_HEIGHT = 420;
const TOP = 6;

export interface OffsetTimelineProps {
  readonly model: Model;
  readonly rows: readonly PartitionRow[];
  readonly scale: Scale;
  readonly planned: readonly PartitionRange[];
  readonly selected: number | null;
  readonly hovered: number | null;
  onHover(index: number | null): void;
  onSelect(index: number | null): void;
}

export function OffsetTimeline(props: OffsetTimelineProps) {
  const { model, rows, scale, selected, hovered } = props;
  const [ref, { width }] = useSize<HTMLDivElement>();
  const [zoom, setZoom] = useState({ from: 0, to: 1 });
  const [scroll, setScroll] = useState(0);
  const row = rows.length > MANY ? 14 : rows.length > 24 ? 20 : 26;
  const height = TOP + rows.length * row + 4;
  const view = Math.min(height, MOST_HEIGHT);
  const longest = Math.max(1, ...rows.map((one) => one.length));
  const inView = windowOf(Math.max(0, scroll - TOP), view, rows.length, row, 2);
  const shown = rows.slice(inView.first, inView.last);

  const x = (of: PartitionRow, offset: number) => {
    const share = offset / (scale === 'share' ? of.length : longest);
    return ((share - zoom.from) / (zoom.to - zoom.from)) * width;
  };
  const y = (i: number) => TOP + i * row;
  const walk = useMemo(() => model.items.map((item) => item.index), [model]);

  const drawn = useMemo(
    () => shown.map((one) => draw(one, (offset) => x(one, offset), width, row, model)),
    [model, rows, width, zoom, scale, inView.first, inView.last],
  );

  const boxIn = (i: number, index: number) => {
    const one = rows[i]!;
    const bar = one.bars.find((candidate) => candidate.index === index);
    return bar ? { x: x(one, bar.from), y: y(i) + 1, width: Math.max(3, x(one, bar.to) - x(one, bar.from)), height: row - 7 } : null;
  };
  const boxOf = (index: number) => {
    for (let i = inView.first; i < inView.last; i += 1) {
      const box = boxIn(i, index);
      if (box) return box;
    }
    return null;
  };
  const rowAt = (py: number) => Math.floor((py - TOP) / row);
  const hit = (px: number, py: number) => {
    const one = rows[rowAt(py)];
    if (!one) return null;
    const found = one.bars.find((bar) => px >= x(one, bar.from) - 1 && px <= Math.max(x(one, bar.to), x(one, bar.from) + 3));
    return found?.index ?? null;
  };
  const tipAt = (_px: number, py: number) => {
    const one = rows[rowAt(py)];
    return one ? partitionWords(one) : null;
  };
  const setRange = (a: number, b: number) => {
    const size = zoom.to - zoom.from;
    const [from, to] = [zoom.from + a * size, zoom.from + b * size];
    const span = Math.min(1, Math.max(1e-9, to - from));
    const start = Math.max(0, Math.min(1 - span, from));
    setZoom({ from: start, to: start + span });
  };

  const lag = rows.reduce((sum, one) => sum + (one.lag ?? 0), 0);
  const summary = `${counted(rows.length, 'partition')}, ${counted(model.items.length - model.holes, 'segment')}, ${counted(model.holes, 'hole')}, ${counted(lag, 'offset')} behind`;
  return (
    <div class="picture-scroll" style={{ maxHeight: view }} onScroll={(event) => setScroll(event.currentTarget.scrollTop)} tabIndex={height > view ? 0 : -1} role="group" aria-label="Partitions">
      <div class="picture-row" style={{ height }}>
        <div class="picture-labels" style={{ height }} aria-hidden="true">
          {shown.map((one, i) => <span key={one.partition} style={{ top: y(inView.first + i) - (row < 20 ? 4 : 0) }} class="num">p{one.partition}</span>)}
        </div>
        <div class="grow" ref={ref}>
          {width > 0 && (
            <Picture
              name="Segments by offset" summary={summary} width={width} height={height} items={model.items} walk={walk} boxOf={boxOf} hit={hit} tipAt={tipAt}
              selected={selected} hovered={hovered} onHover={props.onHover} onSelect={props.onSelect} onZoom={setRange} onFit={() => setZoom({ from: 0, to: 1 })}
            >
              {shown.map((one, i) => {
                const at = inView.first + i;
                const paths = drawn[i]!;
                const top = y(at) + 1;
                const [a, b] = [x(one, one.built), x(one, one.length)];
                const kafkaFrom = one.low === null ? null : Math.max(0, x(one, Math.max(0, one.low)));
                return (
                  <g key={one.partition} transform={`translate(0 ${top})`}>
                    <path class="row-ground" d={`M0 ${row - 3.5}H${width}`} />
                    {(['ready', 'building'] as const).map((state) => <path key={state} class={`bars ${state}`} d={paths.single[state]} />)}
                    <path class="bars many" d={paths.many} />
                    <path class="bar-hole" d={paths.hole} />
                    {paths.expired && <path class="bar-hole expired" d={paths.expired} />}
                    {b - a > 0.5 && <rect class="bar-lag" x={Math.max(0, a)} y="0" width={Math.max(0, Math.min(width, b) - Math.max(0, a))} height={row - 7} />}
                    {kafkaFrom !== null && kafkaFrom < width && <path class="in-kafka" d={`M${kafkaFrom} ${row - 4}H${Math.min(width, b)}`} />}
                    {paths.labels.map(({ at: left, text }) => <text key={left} class="bar-label" x={left} y={(row - 7) / 2 + 4}>{text}</text>)}
                  </g>
                );
              })}
              {props.planned.map((range) => {
                const i = rows.findIndex((one) => one.partition === range.partition);
                const one = rows[i];
                if (!one) return null;
                const [a, b] = [x(one, Number(range.start - one.base)), x(one, Number(range.end - one.base))];
                return <rect key={`${range.partition} ${range.start}`} class="ghost" x={a + 0.5} y={y(i) + 1.5} width={Math.max(2, b - a - 1)} height={row - 8} />;
              })}
              {[hovered, selected].map((index, kind) =>
                index === null ? null : shown.map((one, i) => {
                  const box = boxIn(inView.first + i, index);
                  return box && box.x + box.width > 0 && box.x < width && (
                    <rect key={`${kind} ${one.partition}`} class={kind === 0 ? 'outline' : 'outline chosen'} x={box.x - 0.5} y={box.y - 0.5} width={box.width + 1} height={box.height + 1} rx="1.5" />
                  );
                }),
              )}
            </Picture>
          )}
        </div>
        <div class="picture-lags" style={{ height }} aria-hidden="true">
          {shown.map((one, i) => (
            <span key={one.partition} style={{ top: y(inView.first + i) - (row < 20 ? 4 : 0) }} class={one.lag ? 'num' : 'num quiet'}>{one.lag === null ? '-' : count(one.lag)}</span>
          ))}
        </div>
      </div>
    </div>
  );
}

function partitionWords(one: PartitionRow): string {
  const at = (value: number | null) => (value === null ? 'unknown' : count(one.base + BigInt(value)));
  return [
    `Partition ${one.partition}`,
    `cube from ${at(0)}, next offset ${at(one.built)}`,
    `Kafka from ${at(one.low)} to ${at(one.tip)}`,
    `${one.lag === null ? 'lag unknown' : `${counted(one.lag, 'offset')} behind`}${one.asOf ? `, as of ${age(now.peek() - one.asOf)} ago` : ''}`,
  ].join('\n');
}

function draw(one: PartitionRow, x: (offset: number) => number, width: number, row: number, model: Model) {
  const height = row - 7;
  const single: Record<ItemState, string> = { ready: '', building: '', hole: '' };
  let [many, hole, expired] = ['', '', ''];
  const labels: { at: number; text: string }[] = [];
  const bars = one.bars.filter((bar) => bar.state !== 'hole');
  for (const run of pixelRuns(bars, x, width)) {
    if (run.count > 1) {
      many += barPath([run], 0, height);
      continue;
    }
    single[model.items[run.first]!.state] += barPath([run], 0, height);
    const [a, b] = [Math.max(0, run.x0), Math.min(width, run.x1)];
    const room = Math.floor((b - a - 12) / 6.4);
    if (row >= 20 && room >= 7 && labels.length < 60) labels.push({ at: a + 6, text: middle(model.items[run.first]!.name, room) });
  }
  for (const bar of one.bars) {
    if (bar.state !== 'hole') continue;
    const [a, b] = [x(bar.from), x(bar.to)];
    if (b < 0 || a > width) continue;
    const lost = one.low === null ? bar.from : Math.max(bar.from, Math.min(bar.to, one.low));
    const piece = (from: number, to: number) => `M${from.toFixed(1)} 0.5h${Math.max(2, to - from - 1).toFixed(1)}v${height - 1}h${(-Math.max(2, to - from - 1)).toFixed(1)}z`;
    if (lost > bar.from) expired += piece(a, x(lost));
    if (lost < bar.to) hole += piece(x(lost), b);
  }
  return { single, many, hole, expired, labels };
}
