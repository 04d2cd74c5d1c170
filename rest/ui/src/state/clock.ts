import { signal } from '@preact/signals';
import { clockAhead } from '../api/client';

const read = () => Date.now() + clockAhead.peek();

/** The server's time. Everything that ages reads this one clock, once a second. */
export const now = signal(read());

setInterval(() => {
  now.value = read();
}, 1000);
clockAhead.subscribe(() => {
  now.value = read();
});
