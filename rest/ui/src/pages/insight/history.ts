import { stored } from '../../state/stored';

export interface Asked {
  readonly sql: string;
  readonly at: number;
  readonly rows: number | null;
  readonly ms: number;
}

const MOST = 50;

const read = (text: string | null): readonly Asked[] => {
  try {
    const found: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(found) ? (found as Asked[]).filter((one) => typeof one?.sql === 'string') : [];
  } catch {
    return [];
  }
};

/** Questions of this browser; answers are not kept, they would be old. */
export const history = stored<readonly Asked[]>('history', read, (value) => JSON.stringify(value));

export function remember(asked: Asked): void {
  history.value = [asked, ...history.peek().filter((one) => one.sql !== asked.sql)].slice(0, MOST);
}

export const draft = stored<string>('sql', (text) => text ?? '', (value) => value);
