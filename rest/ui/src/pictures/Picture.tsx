/** What both pictures share: a place to draw, a focus that walks from bar to bar, and zooming. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { showTip } from '../parts/Tip';
import { describe, label } from './words';
import type { Item } from './model';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PictureProps {
  readonly name: string;
  readonly summary: string;
  readonly width: number;
  readonly height: number;
  readonly items: readonly Item[];
  /** Which items can be walked to, in order. */
  readonly walk: readonly number[];
  boxOf(index: number): Box | null;
  hit(x: number, y: number): number | null;
  /** What stands where there is no bar. */
  tipAt?(x: number, y: number): string | null;
  readonly selected: number | null;
  readonly hovered: number | null;
  onHover(index: number | null): void;
  onSelect(index: number | null): void;
  /** Shares of the width. */
  onZoom(from: number, to: number): void;
  onFit(): void;
  readonly children: ComponentChildren;
}

/** Narrower drags are clicks. */
const DRAG = 5;

export function Picture(props: PictureProps) {
  const { width, height, items, walk, boxOf, hit, selected, hovered, onHover, onSelect, onZoom, onFit } = props;
  const root = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState(0);
  const [isFocused, setFocused] = useState(false);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const at = walk[Math.min(focus, walk.length - 1)];
  const atBox = at === undefined ? null : boxOf(at);

  useEffect(() => {
    if (selected === null) return;
    const place = walk.indexOf(selected);
    if (place !== -1) setFocus(place);
  }, [selected]);

  const place = (event: { clientX: number; clientY: number }) => {
    const box = root.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const zoomBy = (factor: number, around = 0.5) => onZoom(around - around * factor, around + (1 - around) * factor);
  const zoom = useRef(zoomBy);
  zoom.current = zoomBy;
  const pan = useRef(onZoom);
  pan.current = onZoom;
  useEffect(() => {
    const element = root.current!;
    // Without Ctrl a wheel scrolls the page, as everywhere.
    const wheel = (event: WheelEvent) => {
      if (event.ctrlKey || event.metaKey) zoom.current(event.deltaY > 0 ? 1.25 : 0.8, place(event).x / element.clientWidth);
      else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan.current(event.deltaX / element.clientWidth, 1 + event.deltaX / element.clientWidth);
      else return;
      event.preventDefault();
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, []);
  useEffect(() => () => showTip(null), []);

  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Record<string, number> = { ArrowRight: focus + 1, ArrowLeft: focus - 1, ArrowDown: focus + 1, ArrowUp: focus - 1, Home: 0, End: walk.length - 1 };
    const step = steps[event.key];
    if (step !== undefined) {
      const next = Math.max(0, Math.min(walk.length - 1, step));
      setFocus(next);
      onHover(walk[next] ?? null);
    } else if (event.key === '+' || event.key === '=') zoomBy(0.5, atBox ? Math.max(0, Math.min(1, (atBox.x + atBox.width / 2) / width)) : 0.5);
    else if (event.key === '-') zoomBy(2);
    else if (event.key === '0') onFit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const focusBox = atBox ?? { x: 0, y: 0, width: 12, height: 12 };
  return (
    <div
      ref={root}
      class="picture"
      role="group"
      aria-label={`${props.name}: ${props.summary}`}
      style={{ height }}
      onPointerDown={(event) => {
        if (event.button !== 0 || (event.target as Element).closest('button')) return;
        const { x } = place(event);
        setDrag({ from: x, to: x });
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        const { x, y } = place(event);
        if (drag) {
          setDrag({ from: drag.from, to: x });
          return;
        }
        const found = hit(x, y);
        if (found !== hovered) onHover(found);
        showTip(found === null ? (props.tipAt?.(x, y) ?? null) : describe(items[found]!), event.clientX, event.clientY);
      }}
      onPointerUp={(event) => {
        if (!drag) return;
        const { x, y } = place(event);
        const [a, b] = [Math.min(drag.from, x), Math.max(drag.from, x)];
        setDrag(null);
        if (b - a > DRAG) onZoom(a / width, b / width);
        else onSelect(hit(x, y));
      }}
      onPointerCancel={() => setDrag(null)}
      onPointerLeave={() => {
        onHover(null);
        showTip(null);
      }}
      onDblClick={() => onFit()}
    >
      <svg width={width} height={height} aria-hidden="true">
        {props.children}
        {drag && <rect class="brush" x={Math.min(drag.from, drag.to)} y="0" width={Math.abs(drag.to - drag.from)} height={height} />}
      </svg>
      {at !== undefined && (
        <button
          type="button"
          class="focus-bar"
          aria-label={label(items[at]!)}
          aria-pressed={selected === at}
          style={{
            left: Math.max(0, Math.min(width - 8, focusBox.x)), top: focusBox.y,
            width: Math.max(8, Math.min(focusBox.width, width - Math.max(0, focusBox.x))), height: focusBox.height,
            pointerEvents: isFocused ? 'auto' : 'none',
          }}
          onKeyDown={onKey}
          onFocus={() => {
            setFocused(true);
            onHover(at);
          }}
          onBlur={() => {
            setFocused(false);
            onHover(null);
          }}
          onClick={() => onSelect(selected === at ? null : at)}
        />
      )}
    </div>
  );
}
