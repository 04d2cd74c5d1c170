import { signal } from '@preact/signals';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'done' | 'error';
  readonly link?: { readonly to: string; readonly text: string };
  readonly undo?: { readonly text: string; readonly run: () => void };
}

export const toasts = signal<readonly Toast[]>([]);
let ids = 0;

export function tell(text: string, more: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
  const toast: Toast = { id: (ids += 1), text, kind: 'done', ...more };
  toasts.value = [...toasts.value.slice(-2), toast];
  // What went wrong stays until it is closed.
  if (toast.kind === 'done') setTimeout(() => closeToast(toast.id), toast.undo ? 12_000 : 7000);
}

export function closeToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function tellError(error: unknown): void {
  tell(error instanceof Error ? error.message : String(error), { kind: 'error' });
}
