import { effect, signal, type Signal } from '@preact/signals';

/** A preference that survives a reload. Private windows may refuse to keep it, which is no fault. */
export function stored<T>(key: string, read: (text: string | null) => T, write: (value: T) => string | null): Signal<T> {
  const name = `kirin.${key}`;
  let text: string | null = null;
  try {
    text = localStorage.getItem(name);
  } catch {
    // Nothing is kept then.
  }
  const value = signal(read(text));
  let first = true;
  effect(() => {
    const next = write(value.value);
    if (first) {
      first = false;
      return;
    }
    try {
      if (next === null) localStorage.removeItem(name);
      else localStorage.setItem(name, next);
    } catch {
      // As above.
    }
  });
  return value;
}
