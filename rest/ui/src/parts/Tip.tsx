import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface Shown {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

const shown = signal<Shown | null>(null);

/** Beside the pointer; pictures have too many parts for titles. */
export function showTip(text: string | null, x = 0, y = 0): void {
  const before = shown.peek();
  if (text === null ? before === null : before?.text === text && before.x === x && before.y === y) return;
  shown.value = text === null ? null : { text, x, y };
}

export function Tip() {
  const ref = useRef<HTMLDivElement>(null);
  const tip = shown.value;
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element || !tip) return;
    const { width, height } = element.getBoundingClientRect();
    const left = tip.x + 14 + width > innerWidth - 8 ? tip.x - 14 - width : tip.x + 14;
    const top = tip.y + 18 + height > innerHeight - 8 ? tip.y - 12 - height : tip.y + 18;
    element.style.left = `${Math.max(8, left)}px`;
    element.style.top = `${Math.max(8, top)}px`;
  });
  // It repeats what the focused part says by its label.
  return tip && <div ref={ref} class="tip" aria-hidden="true">{tip.text}</div>;
}
