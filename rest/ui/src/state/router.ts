import { computed, effect, signal } from '@preact/signals';
import { format, isServerPath, parse, type Route } from '../lib/route';
import { isZone } from '../lib/time';
import { sharedZone, zone } from './zone';

const current = signal({ path: location.pathname, search: location.search });

export const route = computed<Route>(() => parse(current.value.path, current.value.search));

/** Counts visits of another page, for the focus to follow. */
export const visits = signal(0);

const pageOf = (at: Route) => (at.page === 'cube' ? `cube ${at.cube} ${at.tab}` : at.page === 'monitor' ? `monitor ${at.view}` : at.page);

function moved(): void {
  const before = pageOf(route.peek());
  current.value = { path: location.pathname, search: location.search };
  adoptZone();
  if (pageOf(route.peek()) !== before) {
    visits.value += 1;
    scrollTo(0, 0);
  }
}

/** `replace` for what a person would not want to step back through, such as each typed letter. */
export function go(to: Route | string, how: 'push' | 'replace' = 'push'): void {
  const target = typeof to === 'string' ? to : format(to);
  if (target === location.pathname + location.search) return;
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', target);
  moved();
}

addEventListener('popstate', moved);

/** A shared address may name the zone in which it was looked at. */
function adoptZone(): void {
  const name = new URLSearchParams(location.search).get('zone');
  if (name && isZone(name)) sharedZone.value = name;
}
adoptZone();

/** Links are plain links; only what stays within the pages is taken over. */
document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (isServerPath(link.pathname)) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  if (link.hash) {
    history.pushState(null, '', link.pathname + link.search + link.hash);
    moved();
    dispatchEvent(new HashChangeEvent('hashchange'));
    return;
  }
  go(link.pathname + link.search);
});

/** This page as another person should see it: with its zone, and where a page has them, absolute times. */
export function shareAddress(): string {
  const url = new URL(location.href);
  url.searchParams.set('zone', zone.value);
  return url.href.replaceAll('%2F', '/').replaceAll('%2C', ',');
}

const TITLES: Record<Route['page'], string> = {
  monitor: 'Monitor',
  cubes: 'Cubes',
  cube: 'Cube',
  insight: 'Insight',
  unknown: 'Not found',
};

effect(() => {
  const at = route.value;
  document.title = `${at.page === 'cube' ? at.cube : TITLES[at.page]} · Kirin`;
});
