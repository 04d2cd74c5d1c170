import { useMemo } from 'preact/hooks';
import { count, counted, middle } from '../lib/format';
import { barPath, depthSlots, pixelRuns, weightSlots } from '../lib/runs';
import { axisStart, ticks } from '../lib/ticks';
import { useSize } from '../parts/hooks';
import { now } from '../state/clock';
import { show, zone } from '../state/zone';
import type { EventBar, Model } from './model';
import { Picture } from './Picture';

const AXIS = 24;
const DENSITY = 34;
const DEPTH = 14;
const HOLES = 12;
const GAP = 6;

/** Lower lanes where there are many of them. */
const laneHeight = (lanes: number) => (lanes <= 6 ? 20 : lanes <= 14 ? 13 : lanes <= 40 ? 7 : 4);

export interface EventTimelineProps {
  readonly model: Model;
  readonly from: number;
  readonly to: number;
  readonly selected: number | null;
  readonly hovered: number | null;
  onHover(index: number | null): void;
  onSelect(index: number | null): void;
  onRange(from: number, to: number): void;
  onFit(): void;
}

export function EventTimeline(props: EventTimelineProps) {
  const { model, from, to, selected, hovered } = props;
  const [ref, { width }] = useSize<HTMLDivElement>();
  const lane = laneHeight(model.lanes.length);
  const hasHoles = model.holes > 0;
  const top = AXIS + DENSITY + GAP + DEPTH + GAP;
  const holesTop = top + model.lanes.length * lane + GAP;
  const height = holesTop + (hasHoles ? HOLES + GAP : 0);
  const x = (time: number) => ((time - from) / (to - from)) * width;

  const lanes = useMemo(() => drawLanes(model, x, width, top, lane), [model, from, to, width]);
  const strip = useMemo(() => drawStrips(model, from, to, width), [model, from, to, width]);
  const walk = useMemo(() => model.items.filter((item) => model.barOf.has(item.index)).map((item) => item.index), [model]);

  const boxOf = (index: number) => {
    const bar = model.barOf.get(index);
    return bar ? { x: x(bar.from), y: top + bar.lane * lane + 1, width: Math.max(3, x(bar.to) - x(bar.from)), height: lane - 2 } : null;
  };
  const hit = (px: number, py: number) => {
    if (hasHoles && py >= holesTop && py <= holesTop + HOLES) {
      const found = model.items.find((item) => item.hole && px >= x(item.hole.event_time_min ?? from) && px <= x(item.hole.event_time_max ?? to));
      return found?.index ?? null;
    }
    const bars = model.lanes[Math.floor((py - top) / lane)];
    return bars ? nearest(bars, px, x) : null;
  };
  const tipAt = (px: number, py: number) => {
    if (py < AXIS || py > top || width === 0) return null;
    const time = from + (px / width) * (to - from);
    const slot = Math.min(strip.slots - 1, Math.max(0, Math.floor((px / width) * strip.slots)));
    const rows = Math.round(strip.weight[slot] ?? 0);
    return `${show.full(time)}\n${count(strip.depth[slot] ?? 0)} segments cover this time\nabout ${count(rows)} rows in ${strip.unit}`;
  };

  const summary = `${counted(walk.length, 'segment')}, ${model.overlapping} overlapping${model.holes ? `, ${counted(model.holes, 'hole')}` : ''}, ${show.full(from)} to ${show.full(to)}`;
  const current = now.value;
  return (
    <div class="picture-row">
      <div class="picture-labels" style={{ height }} aria-hidden="true">
        <span style={{ top: 2 }}>{axisStart(from, to, zone.value)}</span>
        <span style={{ top: AXIS + 8 }}>rows</span>
        <span style={{ top: AXIS + DENSITY + GAP - 3 }}>depth</span>
        {model.lanes.length > 0 && <span style={{ top: top + Math.min(0, lane - 18) }}>segments</span>}
        {hasHoles && <span style={{ top: holesTop - 4 }}>holes</span>}
      </div>
      <div class="grow" ref={ref} style={{ minHeight: height }}>
        {width > 0 && (
          <Picture
            name="Segments by event time" summary={summary} width={width} height={height} items={model.items} walk={walk} boxOf={boxOf} hit={hit} tipAt={tipAt}
            selected={selected} hovered={hovered} onHover={props.onHover} onSelect={props.onSelect}
            onZoom={(a, b) => props.onRange(from + a * (to - from), from + b * (to - from))} onFit={props.onFit}
          >
            <g class="axis">
              {ticks(from, to, zone.value, width).map((tick) => (
                <g key={tick.at} transform={`translate(${Math.round(x(tick.at)) + 0.5} 0)`} class={tick.major ? 'major' : ''}>
                  <path d={`M0 ${AXIS - 5}V${height}`} />
                  {x(tick.at) < width - 40 && <text x="4" y="14">{tick.label}</text>}
                </g>
              ))}
            </g>
            <g transform={`translate(0 ${AXIS})`}>
              <path class="density" d={strip.density} />
              <path class="density-line" d={`M0 ${DENSITY + 0.5}H${width}`} />
            </g>
            <g transform={`translate(0 ${AXIS + DENSITY + GAP})`}>
              {strip.levels.map((path, level) => path && <path key={level} class={level === 0 ? 'depth-none' : `heat-${Math.min(7, level + (level > 1 ? 1 : 0))}`} d={path} />)}
              {strip.labels.map(({ at, text, level }) => <text key={at} class={`depth-label${level >= 4 ? ' on-dark' : ''}`} x={at} y="11" text-anchor="middle">{text}</text>)}
            </g>
            <path class="bars ready thin" d={lanes.thin} />
            <path class="bars ready" d={lanes.solid} />
            <path class="bars many" d={lanes.many} />
            {lanes.labels.map(({ key, at, y, text }) => <text key={key} class="bar-label haloed" x={at} y={y}>{text}</text>)}
            {hasHoles && (
              <g>
                {model.items.map((item) => {
                  if (!item.hole) return null;
                  const [a, b] = [x(item.hole.event_time_min ?? from), x(item.hole.event_time_max ?? to)];
                  if (b < 0 || a > width) return null;
                  return <rect key={item.id} class={`bar-hole${selected === item.index ? ' chosen' : ''}`} x={Math.max(0, a)} y={holesTop} width={Math.max(2, Math.min(width, b) - Math.max(0, a))} height={HOLES} />;
                })}
              </g>
            )}
            {current > from && current < to && <path class="now" d={`M${x(current)} ${AXIS}V${height}`} />}
            {[hovered, selected].map((index, i) => {
              const box = index === null ? null : boxOf(index);
              return box && box.x + box.width > 0 && box.x < width && <rect key={i} class={i === 0 ? 'outline' : 'outline chosen'} x={Math.max(-2, box.x) - 0.5} y={box.y - 0.5} width={Math.min(width + 2, box.x + box.width) - Math.max(-2, box.x) + 1} height={box.height + 1} rx="1.5" />;
            })}
          </Picture>
        )}
      </div>
    </div>
  );
}

/** The bar under a point, or one within a few pixels of it. */
function nearest(bars: readonly EventBar[], px: number, x: (time: number) => number): number | null {
  let low = 0;
  let high = bars.length - 1;
  while (low < high) {
    const mid = (low + high + 1) >> 1;
    if (x(bars[mid]!.from) <= px) low = mid;
    else high = mid - 1;
  }
  for (const at of [low, low + 1, low - 1]) {
    const bar = bars[at];
    if (bar && px >= x(bar.from) - 2 && px <= Math.max(x(bar.to), x(bar.from) + 3) + 2) return bar.index;
  }
  return null;
}

function drawLanes(model: Model, x: (time: number) => number, width: number, top: number, lane: number) {
  let [solid, thin, many] = ['', '', ''];
  const labels: { key: string; at: number; y: number; text: string }[] = [];
  model.lanes.forEach((bars, i) => {
    const y = top + i * lane + 1;
    for (const run of pixelRuns(bars, x, width)) {
      if (run.count > 1) {
        many += barPath([run], y, lane - 2);
        continue;
      }
      const bar = model.barOf.get(run.first)!;
      const inner = pixelRuns(bar.runs.map(([from, to], index) => ({ from, to, index })), x, width, 1);
      thin += barPath([run], y + Math.floor((lane - 2) / 2) - 1, 2);
      solid += barPath(inner, y, lane - 2);
      const [a, b] = [Math.max(0, run.x0), Math.min(width, run.x1)];
      const room = Math.floor((b - a - 12) / 6.4);
      if (lane >= 13 && room >= 7 && labels.length < 200) labels.push({ key: `${i} ${run.first}`, at: a + 6, y: y + lane / 2 + 3, text: middle(model.items[run.first]!.name, room) });
    }
  });
  return { solid, thin, many, labels };
}

function drawStrips(model: Model, from: number, to: number, width: number) {
  const slots = Math.max(1, Math.floor(width / 3));
  const depth = depthSlots(model.depths, from, to, slots);
  const weight = weightSlots(model.weights, from, to, slots);
  const slot = width / slots;
  const most = Math.max(1e-9, ...weight);
  let density = '';
  for (let i = 0; i < slots; i += 1) {
    if (weight[i]! <= 0) continue;
    // Anything that is there is seen.
    const h = Math.max(1, (weight[i]! / most) * (DENSITY - 2));
    density += `M${(i * slot).toFixed(1)} ${DENSITY}h${Math.max(1, slot - 0.6).toFixed(1)}v${(-h).toFixed(1)}h${(-Math.max(1, slot - 0.6)).toFixed(1)}z`;
  }
  const levels: string[] = [];
  const labels: { at: number; text: string; level: number }[] = [];
  const first = depth.findIndex((value) => value > 0);
  const last = depth.findLastIndex((value) => value > 0);
  for (let i = Math.max(0, first); i <= last; ) {
    let end = i;
    while (end <= last && depth[end] === depth[i]) end += 1;
    const level = Math.min(7, depth[i]!);
    levels[level] = `${levels[level] ?? ''}M${(i * slot).toFixed(1)} 0h${((end - i) * slot).toFixed(1)}v${DEPTH}h${(-(end - i) * slot).toFixed(1)}z`;
    if ((end - i) * slot > 18) labels.push({ at: ((i + end) / 2) * slot, text: String(depth[i]), level });
    i = end;
  }
  const seconds = (to - from) / slots / 1000;
  const unit = seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : seconds < 129_600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
  return { slots, depth, weight, density, levels: Array.from(levels, (path) => path ?? ''), labels, unit };
}
