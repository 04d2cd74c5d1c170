import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { visits } from '../state/router';

let seen = 0;

/** A page that was just opened is read out from its title, also where it had to be fetched first. */
export function Title({ children, unseen }: { children: ComponentChildren; unseen?: boolean }) {
  const ref = useRef<HTMLHeadingElement>(null);
  const visit = visits.value;
  useEffect(() => {
    if (visit === seen) return;
    seen = visit;
    ref.current?.focus({ preventScroll: true });
  }, [visit]);
  return <h1 ref={ref} tabIndex={-1} class={unseen ? 'unseen' : 'row'}>{children}</h1>;
}
