/** A long table: only the rows in view exist. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { scrollTo, windowOf } from '../lib/window';
import { keysAsleep } from '../state/keys';
import { useSize, useUnique } from './hooks';
import { Icon } from './Icon';

export interface Column<T> {
  readonly key: string;
  readonly head: string;
  /** A track of a CSS grid. */
  readonly width: string;
  readonly align?: 'right';
  readonly sortable?: boolean;
  /** Left out where the table is narrower. */
  readonly from?: number;
  readonly title?: string;
  cell(row: T): ComponentChildren;
}

export interface GridProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly count: number;
  /** Undefined for a row that is still read. */
  row(index: number): T | undefined;
  onOpen?(row: T): void;
  isSelected?(row: T): boolean;
  onToggle?(row: T): void;
  onWindow?(first: number, last: number): void;
  readonly sort?: string;
  onSort?(key: string): void;
  readonly busy?: boolean;
  /** Takes the keys of the page, so `j` works without focus first. */
  readonly isMain?: boolean;
  readonly minWidth?: number;
  /** Leaves what the columns do not need empty. */
  readonly hasTail?: boolean;
  readonly reveal?: number | null;
}

const HEAD = 28;
/** Rows beyond the view on either side. */
const SPARE = 6;

export function Grid<T>(props: GridProps<T>) {
  const { columns, count, row, onOpen, isSelected, onToggle, onWindow, sort, onSort } = props;
  const [ref, size] = useSize<HTMLDivElement>();
  const [scroll, setScroll] = useState(0);
  const [active, setActive] = useState(0);
  const height = useRowHeight();
  const id = useUnique('grid');
  const view = Math.max(0, size.height - HEAD);
  const window = windowOf(scroll, view, count, height, SPARE);

  useEffect(() => onWindow?.(window.first, window.last), [window.first, window.last]);
  useEffect(() => {
    if (active >= count && count > 0) setActive(count - 1);
  }, [count]);

  const reveal = (index: number) => {
    const element = ref.current;
    if (!element) return;
    const target = scrollTo(index, element.scrollTop, element.clientHeight - HEAD, count, height);
    if (target !== null) element.scrollTop = target;
  };
  useLayoutEffect(() => {
    if (props.reveal === null || props.reveal === undefined || props.reveal < 0 || view === 0) return;
    setActive(props.reveal);
    reveal(props.reveal);
  }, [props.reveal, view > 0]);

  const move = (index: number) => {
    const next = Math.max(0, Math.min(count - 1, index));
    setActive(next);
    reveal(next);
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || count === 0) return;
    const target = event.target as HTMLElement;
    const isInner = target !== ref.current && target.closest('input, select, textarea, [contenteditable]');
    if (isInner && (isInner as HTMLInputElement).type !== 'checkbox') return;
    const page = Math.max(1, Math.floor(view / height) - 1);
    const steps: Record<string, number> = {
      ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: count - 1,
      ...(!keysAsleep() && { j: active + 1, k: active - 1 }),
    };
    const step = steps[event.key];
    const current = row(active);
    if (step !== undefined) move(step);
    else if (event.key === 'Enter' && current && onOpen && !target.closest('a, button')) onOpen(current);
    else if ((event.key === ' ' || event.key === 'x') && current && onToggle && !target.closest('a, button, input')) onToggle(current);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const forPage = useRef(onKey);
  forPage.current = onKey;
  useEffect(() => {
    if (!props.isMain) return undefined;
    const listen = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.defaultPrevented || (target !== document.body && target.tagName !== 'H1' && target.tagName !== 'MAIN')) return;
      if (!['j', 'k', 'Enter', 'x'].includes(event.key) || keysAsleep()) return;
      forPage.current(event);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [props.isMain]);

  const shown = columns.filter((column) => column.from === undefined || size.width === 0 || size.width >= column.from);
  const tracks = shown.map((column) => column.width).join(' ') + (props.hasTail ? ' 1fr' : '');
  const style = { gridTemplateColumns: tracks, ...(props.minWidth !== undefined && { minWidth: props.minWidth }) };

  const slots = Math.max(1, Math.ceil(view / height) + 2 * SPARE + 2);
  const rows = [];
  for (let index = window.first; index < window.last; index += 1) {
    const data = row(index);
    const top = window.top + (index - window.first) * height;
    rows.push(
      <div
        // Rows that leave the view lend their elements to those that enter it.
        key={index % slots}
        id={`${id}-${index}`}
        role="row"
        aria-rowindex={index + 2}
        aria-selected={data && isSelected ? isSelected(data) : undefined}
        class={`grid-row${index === active ? ' active' : ''}`}
        style={{ ...style, transform: `translateY(${top}px)` }}
        onClick={(event) => {
          setActive(index);
          if (data && onOpen && !(event.target as HTMLElement).closest('a, button, input') && getSelection()?.isCollapsed !== false) onOpen(data);
        }}
      >
        {shown.map((column) => (
          <div key={column.key} role="gridcell" class={`grid-cell${column.align === 'right' ? ' right' : ''}`}>
            {data ? column.cell(data) : <div class="skeleton" style={{ height: 10, width: '60%' }} />}
          </div>
        ))}
      </div>,
    );
  }

  const sorted = (column: Column<T>) => {
    if (!column.sortable || !onSort) return undefined;
    if (sort === column.key) return 'ascending' as const;
    return sort === `-${column.key}` ? ('descending' as const) : ('none' as const);
  };

  return (
    <div class="grid grow" style={{ flex: 1 }}>
      {props.busy && <div class="refreshing" aria-hidden="true" />}
      <div
        ref={ref}
        class="grid-scroll"
        role="grid"
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={count + 1}
        aria-activedescendant={active >= window.first && active < window.last ? `${id}-${active}` : undefined}
        onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
        onKeyDown={onKey}
      >
        <div role="row" class="grid-head" style={style} aria-rowindex={1}>
          {shown.map((column) => (
            <div key={column.key} role="columnheader" aria-sort={sorted(column)} title={column.title} class={`grid-cell${column.align === 'right' ? ' right' : ''}`}>
              {column.sortable && onSort ? (
                <button type="button" onClick={() => onSort(sort === column.key ? `-${column.key}` : column.key)}>
                  {column.head}
                  {sort === column.key && <Icon name="up" />}
                  {sort === `-${column.key}` && <Icon name="down" />}
                </button>
              ) : (
                column.head || <span class="unseen">{column.key}</span>
              )}
            </div>
          ))}
        </div>
        <div role="rowgroup" style={{ position: 'relative', height: window.height, ...(props.minWidth !== undefined && { minWidth: props.minWidth }) }}>{rows}</div>
      </div>
    </div>
  );
}

/** The token, which is greater where fingers point. */
function useRowHeight(): number {
  const [height] = useState(() => Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--row')) || 28);
  return height;
}
