import './insight.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { runQuery, stopQuery, saveQuery, listTables } from '../../api/query';
import { ApiError } from '../../api/client';
import type { QueryAnswer } from '../../api/types';
import { count, duration } from '../../lib/format';
import { Dialog } from '../../parts/Dialog';
import { Field, Select } from '../../parts/controls';
import { Icon } from '../../parts/Icon';
import { Blank, Fault } from '../../parts/region';
import { lazy } from '../../parts/lazy';
import { client, useData } from '../../state/data';
import { tell } from '../../state/toasts';
import { AnswerStrip } from './AnswerStrip';
import type { EditorProps } from './Editor';
import { draft, remember } from './history';
import { addressOf, sqlOf } from './link';
import { ResultGrid } from './ResultGrid';
import { ScanReportView } from './ScanReport';
import { Side } from './Side';
import { Title } from '../../parts/Title';

const Editor = lazy<EditorProps>(() => import('./Editor').then((module) => module.Editor));

type Run =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly id: string; readonly since: number; readonly abort: AbortController }
  | { readonly state: 'failed'; readonly error: Error; readonly ms: number }
  | { readonly state: 'stopped'; readonly ms: number }
  | { readonly state: 'done'; readonly answer: QueryAnswer; readonly ms: number; readonly limit: number; readonly sql: string };

const LIMITS = ['100', '1000', '10000', '50000'] as const;

/** Only secure pages have `randomUUID`. */
function newId(): string {
  if (isSecureContext) return crypto.randomUUID();
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

export function InsightPage() {
  const [given, setGiven] = useState(() => ({ sql: sqlOf(location.hash) ?? draft.peek() }));
  const [sql, setSql] = useState(given.sql);
  const open = (text: string) => {
    setGiven({ sql: text });
    setSql(text);
  };
  const [limit, setLimit] = useState<(typeof LIMITS)[number]>('1000');
  const [run, setRun] = useState<Run>({ state: 'none' });
  const [view, setView] = useState<'result' | 'report'>('result');
  const [isSaving, setSaving] = useState(false);
  const tables = useData({ key: ['tables'], read: listTables });
  const selection = useRef('');

  useEffect(() => {
    const change = () => {
      const linked = sqlOf(location.hash);
      if (linked !== null) open(linked);
    };
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  useEffect(() => {
    draft.value = sql;
  }, [sql]);
  const running = run.state === 'running' ? run : null;
  useEffect(() => () => running?.abort.abort(), [running]);

  const start = async () => {
    const wanted = (selection.current.trim() || sql).trim().replace(/;\s*$/, '');
    if (wanted === '' || running) return;
    const mine = { state: 'running' as const, id: newId(), since: Date.now(), abort: new AbortController() };
    history.replaceState(null, '', addressOf(sql) .replace('/insight', location.pathname + location.search));
    setRun(mine);
    const ms = () => Date.now() - mine.since;
    try {
      const answer = await runQuery({ sql: wanted, limit: Number(limit), queryId: mine.id }, mine.abort.signal);
      if (answer.isException) throw new ApiError(answer.exceptionMessage ?? 'The query failed.', 500, '');
      remember({ sql: wanted, at: mine.since, rows: answer.results.length, ms: answer.duration });
      setRun({ state: 'done', answer, ms: ms(), limit: Number(limit), sql: wanted });
    } catch (cause) {
      if (mine.abort.signal.aborted) return setRun({ state: 'stopped', ms: ms() });
      remember({ sql: wanted, at: mine.since, rows: null, ms: ms() });
      setRun({ state: 'failed', error: cause as Error, ms: ms() });
    }
  };
  const stop = () => {
    if (!running) return;
    // The server may have ended it already, which is as good.
    void stopQuery(running.id).catch(() => undefined);
    running.abort.abort();
  };
  const starter = useRef(start);
  starter.current = start;

  return (
    <div class="insight">
      <Side tables={tables} onOpen={open} onInsert={(text) => document.dispatchEvent(new CustomEvent('kirin-insert', { detail: text }))} />
      <div class="insight-main">
        <div class="insight-head">
          <Title unseen>Insight</Title>
          {running ? (
            <button type="button" class="button" onClick={stop}><Icon name="stop" />Cancel</button>
          ) : (
            <button type="button" class="button primary" onClick={() => void start()} disabled={sql.trim() === ''}><Icon name="play" />Run</button>
          )}
          <kbd class="hide-narrow">Ctrl Enter</kbd>
          <label class="row quiet">Limit <Select label="Limit of rows" value={limit} options={LIMITS.map((one) => [one, count(Number(one))] as const)} onChange={setLimit} /></label>
          <span class="grow" />
          <button type="button" class="button plain" disabled={sql.trim() === ''} onClick={() => setSaving(true)}><Icon name="save" />Save</button>
        </div>
        <div class="insight-editor">
          <Editor given={given} tables={tables.data ?? []} onChange={setSql} onRun={() => void starter.current()} onSelect={(text) => {
            selection.current = text;
          }} />
        </div>
        <div class="insight-answer">
          {run.state === 'none' && <Blank icon="play" title="Ask in SQL">Ctrl Enter runs the query; a selected part runs alone. Tables are listed at the side.</Blank>}
          {run.state === 'running' && <Running since={run.since} />}
          {run.state === 'stopped' && <Blank icon="stop" title={`Cancelled after ${duration(run.ms)}`} />}
          {run.state === 'failed' && <div style={{ padding: 16 }}><Fault error={run.error} /><p class="quiet" style={{ marginTop: 8 }}>Failed after {duration(run.ms)}.</p></div>}
          {run.state === 'done' && (
            <>
              <AnswerStrip answer={run.answer} limit={run.limit} view={view} onView={setView} />
              {view === 'result' ? <ResultGrid answer={run.answer} /> : <ScanReportView answer={run.answer} />}
            </>
          )}
        </div>
      </div>
      {isSaving && <SaveDialog sql={sql} onClose={() => setSaving(false)} />}
    </div>
  );
}

function Running({ since }: { since: number }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 100);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="blank" role="status" aria-live="off">
      <div class="refreshing" />
      <strong class="num">{duration(Date.now() - since)}</strong>
    </div>
  );
}

function SaveDialog({ sql, onClose }: { sql: string; onClose: () => void }) {
  const [name, setName] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const keep = async () => {
    try {
      await saveQuery(name.trim(), sql);
      tell(`Saved ${name.trim()}.`);
      await client.invalidateQueries({ queryKey: ['saved'] });
      onClose();
    } catch (cause) {
      setError(cause as Error);
    }
  };
  return (
    <Dialog
      title="Save the query"
      onClose={onClose}
      onSubmit={() => void keep()}
      footer={
        <>
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={name.trim() === ''}>Save</button>
        </>
      }
    >
      <Field label="Name">{(id) => <input id={id} class="text" data-focus value={name} onInput={(event) => setName(event.currentTarget.value)} />}</Field>
      <pre class="preview">{sql}</pre>
      {error && <Fault error={error} />}
    </Dialog>
  );
}
