import mark from './mark.svg';
import { useState } from 'preact/hooks';
import { logIn } from '../api/session';
import { Field } from '../parts/controls';
import { Fault } from '../parts/region';
import { client } from '../state/data';

export function Login() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const submit = async () => {
    setBusy(true);
    setError(null);
    try {
      await logIn(name, password);
      await client.resetQueries();
    } catch (cause) {
      const failed = cause as Error & { status?: number };
      setError(failed.status === 401 ? new Error('Name or password is wrong.') : failed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="login">
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div class="brand"><img src={mark} alt="" />Kirin</div>
        <h1>Sign in</h1>
        <Field label="Name">
          {(id) => <input id={id} class="text" autocomplete="username" autofocus required value={name} onInput={(event) => setName(event.currentTarget.value)} />}
        </Field>
        <Field label="Password">
          {(id) => <input id={id} class="text" type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(event.currentTarget.value)} />}
        </Field>
        {error && <Fault error={error} />}
        <button type="submit" class="button primary" disabled={busy || name === ''}>Sign in</button>
      </form>
    </main>
  );
}
