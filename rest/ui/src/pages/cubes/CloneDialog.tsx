import { useState } from 'preact/hooks';
import { cloneCube } from '../../api/cubes';
import type { Cube } from '../../api/types';
import { cube as cubeRoute, format } from '../../lib/route';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/controls';
import { Fault } from '../../parts/region';
import { client } from '../../state/data';
import { tell } from '../../state/toasts';

export function CloneDialog({ cube, onClose }: { cube: Cube; onClose: () => void }) {
  const [name, setName] = useState(`${cube.name}_copy`);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const clone = async () => {
    setBusy(true);
    setError(null);
    try {
      await cloneCube(cube.name, name.trim());
      tell(`Cloned ${cube.name}.`, { link: { to: format(cubeRoute(name.trim())), text: `Show ${name.trim()}` } });
      onClose();
      await client.invalidateQueries({ queryKey: ['cubes'] });
    } catch (cause) {
      setError(cause as Error);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={`Clone ${cube.name}`}
      onClose={onClose}
      onSubmit={() => void clone()}
      footer={
        <>
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={busy || name.trim() === ''}>Clone</button>
        </>
      }
    >
      <Field label="Name of the new cube" hint="It has the same definition and no segments.">
        {(id, note) => <input id={id} aria-describedby={note} data-focus class="text" value={name} onInput={(event) => setName(event.currentTarget.value)} />}
      </Field>
      {error && <Fault error={error} />}
    </Dialog>
  );
}
