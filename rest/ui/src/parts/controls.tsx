import type { ComponentChildren } from 'preact';
import { tell } from '../state/toasts';
import { Icon, type IconName } from './Icon';
import { useUnique } from './hooks';

export function Segmented<T extends string>({ label, value, options, onChange }: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}) {
  return (
    <div class="segmented" role="group" aria-label={label}>
      {options.map(([key, text]) => (
        <button key={key} type="button" aria-pressed={key === value} onClick={() => onChange(key)}>{text}</button>
      ))}
    </div>
  );
}

export function Select<T extends string>({ label, value, options, onChange }: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}) {
  return (
    <select class="select" aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
      {options.map(([key, text]) => <option key={key} value={key} selected={key === value}>{text}</option>)}
    </select>
  );
}

export function Search({ label, value, onInput, width = 200, placeholder }: {
  label: string;
  value: string;
  onInput: (value: string) => void;
  width?: number;
  placeholder?: string;
}) {
  return (
    <span class="search" style={{ width }}>
      <Icon name="search" />
      <input
        type="search"
        class="text"
        data-filter
        aria-label={label}
        placeholder={placeholder ?? label}
        value={value}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (value) onInput('');
          else event.currentTarget.blur();
        }}
      />
    </span>
  );
}

export function Field({ label, hint, fault, children }: {
  label: string;
  hint?: ComponentChildren;
  fault?: string | null;
  children: (id: string, describedBy: string | undefined) => ComponentChildren;
}) {
  const id = useUnique('field');
  const note = fault || hint ? `${id}-note` : undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id, note)}
      {fault ? <span id={note} class="fault-note error-text">{fault}</span> : hint && <span id={note} class="hint">{hint}</span>}
    </div>
  );
}

export function IconButton({ icon, label, onClick, small }: { icon: IconName; label: string; onClick: () => void; small?: boolean }) {
  return (
    <button type="button" class={`button plain icon-only${small ? ' small' : ''}`} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without HTTPS browsers offer only the old way.
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  tell(`Copied ${what}.`);
}

export function Copy({ text, what }: { text: string; what: string }) {
  return <IconButton icon="copy" label={`Copy ${what}`} small onClick={() => void copyText(text, what)} />;
}

/** Ticks on without its surroundings being drawn anew. */
export function Bar({ percent, state }: { percent: number; state: string }) {
  return (
    <span class={`bar ${state}`} aria-hidden="true" style={{ display: 'block', flex: 1 }}>
      <i style={{ width: `${Math.max(0, Math.min(100, percent))}%` }} />
    </span>
  );
}
