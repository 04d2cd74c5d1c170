import { stored } from './stored';

/** Single letters can be in the way of speech input, so they can be switched off. */
export const letterKeys = stored<boolean>('keys', (text) => text !== 'off', (value) => (value ? null : 'off'));

/** While somebody types, or a dialog is open, letters are letters. */
export function keysAsleep(): boolean {
  if (!letterKeys.peek()) return true;
  const element = document.activeElement as HTMLElement | null;
  if (element?.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]')) return true;
  return document.querySelector('dialog[open]') !== null;
}
