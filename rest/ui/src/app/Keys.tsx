import { signal } from '@preact/signals';
import { Dialog } from '../parts/Dialog';
import { letterKeys } from '../state/keys';

export const isHelpOpen = signal(false);

const KEYS: readonly (readonly [string, string])[] = [
  ['g m', 'Open Monitor'],
  ['g c', 'Open Cubes'],
  ['g i', 'Open Insight'],
  ['/', 'Filter'],
  ['j k', 'Next, previous row'],
  ['Enter', 'Open the row'],
  ['x', 'Select the row'],
  ['1 … 9', 'Tab of the page'],
  ['Esc', 'Close'],
  ['y', 'Copy a link with its times and zone'],
  ['← →', 'Next bar of a picture'],
  ['+ - 0', 'Zoom a picture in, out, to all'],
  ['Ctrl Enter', 'Run the query'],
  ['?', 'These keys'],
];

export function Keys() {
  if (!isHelpOpen.value) return null;
  const close = () => {
    isHelpOpen.value = false;
  };
  return (
    <Dialog title="Keys" onClose={close} onSubmit={close} footer={<button type="submit" class="button" data-focus>Close</button>}>
      <dl class="facts" style={{ gridTemplateColumns: 'max-content 1fr', gap: '6px 20px' }}>
        {KEYS.map(([keys, what]) => (
          <>
            <dt>{keys.split(' ').map((key) => <kbd key={key} style={{ marginRight: 3 }}>{key}</kbd>)}</dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <label class="row">
        <input type="checkbox" checked={letterKeys.value} onChange={(event) => {
          letterKeys.value = event.currentTarget.checked;
        }} />
        Single letters are keys
      </label>
    </Dialog>
  );
}
