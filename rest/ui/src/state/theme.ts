import { effect } from '@preact/signals';
import { stored } from './stored';

export type Theme = 'system' | 'light' | 'dark';

export const theme = stored<Theme>(
  'theme',
  (text) => (text === 'light' || text === 'dark' ? text : 'system'),
  (value) => (value === 'system' ? null : value),
);

effect(() => {
  const root = document.documentElement;
  if (theme.value === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme.value;
});
