import { computed, signal } from '@preact/signals';

export type LiveState = 'connecting' | 'live' | 'stopped';

export interface LiveStatus {
  readonly state: LiveState;
  /** The last sign of life. */
  readonly since: number;
  /** When it is tried again. */
  readonly retryAt: number | null;
}

export const liveStatus = signal<LiveStatus>({ state: 'connecting', since: Date.now(), retryAt: null });
export const isLive = computed(() => liveStatus.value.state === 'live');
