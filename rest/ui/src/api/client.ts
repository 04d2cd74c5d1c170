/** One place that talks HTTP: errors with their words, logins, and the server's clock. */
import { signal } from '@preact/signals';
import { parseJson, writeJson } from '../lib/json';

export const BASE = '/kylin/api';

/** What the server said, or why nothing came. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    message: string,
    /** 0 without an answer. */
    readonly status: number,
    readonly path: string,
    readonly requestId: string | null = null,
  ) {
    super(message);
  }

  /** Whether the same request may work in a moment. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** Set when a request was refused for want of a login. */
export const loginNeeded = signal(false);

/** Milliseconds that the server's clock is ahead of this one. */
export const clockAhead = signal(0);

export interface Answer<T> {
  readonly body: T;
  readonly headers: Headers;
}

export interface RequestOptions {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | readonly string[] | null | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export function address(path: string, query: RequestOptions['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(key, String(one));
  }
  const text = search.toString();
  return `${BASE}${path}${text ? `?${text}` : ''}`;
}

export async function request<T>(path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  const url = address(path, options.query);
  const hasBody = options.body !== undefined;
  const sent = Date.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: options.method ?? 'GET',
      credentials: 'same-origin',
      headers: { Accept: 'application/json', ...(hasBody && { 'Content-Type': 'application/json' }), ...options.headers },
      ...(hasBody && { body: writeJson(options.body) }),
      signal: options.signal ?? null,
    });
    text = await response.text();
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError('The server does not answer.', 0, url);
  }
  learnClock(response.headers.get('Date'), sent);
  if (response.status === 401) loginNeeded.value = true;
  if (!response.ok) throw failure(response, text, url);
  return { body: (text === '' ? null : parseJson(text)) as T, headers: response.headers };
}

export async function read<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await request<T>(path, options)).body;
}

function failure(response: Response, text: string, url: string): ApiError {
  let message = `${response.status} ${response.statusText}`.trim();
  try {
    const body = JSON.parse(text) as { exception?: unknown; msg?: unknown };
    const said = body.exception ?? body.msg;
    if (typeof said === 'string' && said !== '') message = said;
  } catch {
    // Not the server's own words, so the status has to do.
  }
  return new ApiError(message, response.status, url, response.headers.get('X-Request-Id'));
}

/** The header has whole seconds, so small differences say nothing. */
function learnClock(header: string | null, sent: number): void {
  const server = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(server)) return;
  const ahead = server + 500 - (sent + Date.now()) / 2;
  const rounded = Math.abs(ahead) < 2000 ? 0 : Math.round(ahead / 1000) * 1000;
  if (rounded !== clockAhead.peek()) clockAhead.value = rounded;
}

const enc = encodeURIComponent;
export const path = (strings: TemplateStringsArray, ...values: readonly (string | number)[]): string =>
  strings.reduce((text, part, i) => text + part + (i < values.length ? enc(String(values[i])) : ''), '');
