import { keysAsleep } from '../state/keys';
import { go, shareAddress } from '../state/router';
import { copyText } from '../parts/controls';
import { isHelpOpen } from './Keys';

const PAGES: Record<string, string> = { m: '/monitor', c: '/cubes', i: '/insight' };

/** How long after `g` the second letter may come. */
const CHORD = 1500;

export function startKeys(): void {
  let goAt = 0;
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || keysAsleep()) return;
    const isSecond = Date.now() - goAt < CHORD;
    goAt = 0;
    const page = PAGES[event.key];
    if (isSecond && page) go(page);
    else if (event.key === 'g') goAt = Date.now();
    else if (event.key === '/') focusFilter();
    else if (event.key === 'y') void copyText(shareAddress(), 'the link');
    else if (event.key === '?') isHelpOpen.value = true;
    else if (/^[1-9]$/.test(event.key)) openTab(Number(event.key));
    else return;
    event.preventDefault();
  });
}

function focusFilter(): void {
  const filter = document.querySelector<HTMLInputElement>('main [data-filter]');
  filter?.focus();
  filter?.select();
}

function openTab(number: number): void {
  document.querySelectorAll<HTMLAnchorElement>('main .page-head .tabs a')[number - 1]?.click();
}
