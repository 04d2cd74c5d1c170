/** Asks before something is lost, in numbers: what goes, what stays, whether it comes back. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from './Dialog';
import { Fault } from './region';
import { useUnique } from './hooks';

export interface Question {
  readonly title: string;
  readonly body: ComponentChildren;
  /** The verb, and of what: `Discard 1 job`. */
  readonly action: string;
  readonly danger?: boolean;
  /** Has to be typed first. */
  readonly typed?: string;
  readonly run: () => Promise<unknown>;
}

const question = signal<Question | null>(null);

export function ask(what: Question): void {
  question.value = what;
}

export function Confirms() {
  const what = question.value;
  return what && <Confirm key={what.title} what={what} />;
}

function Confirm({ what }: { what: Question }) {
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const id = useUnique('typed');
  const close = () => {
    question.value = null;
  };
  const isReady = !busy && (what.typed === undefined || typed === what.typed);
  const act = async () => {
    if (!isReady) return;
    setBusy(true);
    setError(null);
    try {
      await what.run();
      close();
    } catch (cause) {
      setError(cause as Error);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={what.title}
      onClose={close}
      onSubmit={() => void act()}
      footer={
        <>
          <button type="button" class="button" data-focus onClick={close}>Cancel</button>
          <button type="submit" class={`button ${what.danger === false ? 'primary' : 'danger'}`} disabled={!isReady}>{what.action}</button>
        </>
      }
    >
      {what.body}
      {what.typed !== undefined && (
        <div class="field">
          <label for={id}>Type {what.typed} to go on</label>
          <input id={id} class="text" autocomplete="off" spellcheck={false} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
        </div>
      )}
      {error && <Fault error={error} />}
    </Dialog>
  );
}
