import { path, read } from './client';
import type { QueryAnswer, SavedQuery, TableMeta } from './types';

export interface Question {
  readonly sql: string;
  readonly limit: number;
  /** Chosen here, so that the query can be stopped before it is answered. */
  readonly queryId: string;
}

export const runQuery = ({ sql, limit, queryId }: Question, signal?: AbortSignal) =>
  read<QueryAnswer>('/query', {
    method: 'POST',
    body: { sql, project: 'default', limit, offset: 0, acceptPartial: false, queryId },
    signal,
  });

export const stopQuery = (queryId: string) => read<unknown>(path`/query/${queryId}/stop`, { method: 'PUT' });
export const listTables = (signal?: AbortSignal) =>
  read<TableMeta[]>('/tables_and_columns', { query: { project: 'default' }, signal });
export const listSaved = (signal?: AbortSignal) => read<SavedQuery[]>('/saved_queries', { query: { project: 'default' }, signal });
export const saveQuery = (name: string, sql: string) =>
  read<SavedQuery>('/saved_queries', { method: 'POST', body: { name, project: 'default', sql, description: '' } });
export const deleteSaved = (id: string) => read<unknown>(path`/saved_queries/${id}`, { method: 'DELETE' });
