/** What was read from the server, shared by all who show it. */
import { QueriesObserver, QueryClient, QueryObserver, type QueryObserverOptions, type QueryObserverResult } from '@tanstack/query-core';
import { useEffect, useReducer, useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { isLive } from './live-status';

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Events keep what is shown up to date; where they stay away, it is asked for again.
      staleTime: 2000,
      gcTime: 300_000,
      retry: (failures, error) => error instanceof ApiError && error.isTransient && failures < 2,
      retryDelay: (failures) => Math.min(8000, 500 * 2 ** failures),
      refetchInterval: () => (isLive.peek() ? false : 10_000),
      refetchOnWindowFocus: () => !isLive.peek(),
      networkMode: 'always',
    },
  },
});
client.mount();

export type Key = readonly unknown[];

export interface Read<T> {
  readonly key: Key;
  readonly read: (signal: AbortSignal) => Promise<T>;
  readonly enabled?: boolean;
  /** Shows what another key answered until this one does. */
  readonly keep?: boolean;
  /** Milliseconds between readings that no event announces. */
  readonly every?: number;
}

export interface Reading<T> {
  readonly data: T | undefined;
  readonly error: ApiError | null;
  readonly isLoading: boolean;
  readonly isRefreshing: boolean;
  readonly updatedAt: number;
  retry(): void;
}

function options<T>(read: Read<T>): QueryObserverOptions<T, Error, T, T, Key> {
  return {
    queryKey: read.key,
    queryFn: ({ signal }) => read.read(signal),
    enabled: read.enabled ?? true,
    ...(read.keep && { placeholderData: (previous: T | undefined) => previous }),
    ...(read.every !== undefined && { refetchInterval: read.every }),
  } as QueryObserverOptions<T, Error, T, T, Key>;
}

function reading<T>(result: QueryObserverResult<T, Error>): Reading<T> {
  const { error } = result;
  return {
    data: result.data,
    error: error === null ? null : error instanceof ApiError ? error : new ApiError(String(error.message), 0, ''),
    isLoading: result.isLoading,
    isRefreshing: result.isFetching && !result.isLoading,
    updatedAt: result.dataUpdatedAt,
    retry: () => void result.refetch(),
  };
}

export function useData<T>(read: Read<T>): Reading<T> {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  const [observer] = useState(() => new QueryObserver<T, Error, T, T, Key>(client, options(read)));
  useEffect(() => observer.subscribe(() => redraw()), [observer]);
  useEffect(() => observer.setOptions(options(read)), [observer, JSON.stringify(read.key), read.enabled]);
  return reading(observer.getOptimisticResult(client.defaultQueryOptions(options(read)) as never));
}

/** Several of a kind, such as the pages of a list. */
export function useAll<T>(reads: readonly Read<T>[]): readonly Reading<T>[] {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  const wanted = reads.map((read) => options(read));
  const [observer] = useState(() => new QueriesObserver(client, wanted as never));
  useEffect(() => observer.subscribe(() => redraw()), [observer]);
  const key = JSON.stringify(reads.map((read) => read.key));
  useEffect(() => observer.setQueries(wanted as never), [observer, key]);
  const [results] = observer.getOptimisticResult(wanted.map((one) => client.defaultQueryOptions(one as never)) as never, undefined);
  return (results as unknown as QueryObserverResult<T, Error>[]).map(reading);
}
