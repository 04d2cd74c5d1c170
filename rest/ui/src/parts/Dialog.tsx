import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useUnique } from './hooks';

/** A modal. Esc and a click beside it close it; focus comes back by itself. */
export function Dialog({ title, onClose, children, footer, wide, onSubmit }: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  footer: ComponentChildren;
  wide?: boolean;
  onSubmit?: () => void;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useUnique('dialog');
  useEffect(() => {
    const dialog = ref.current!;
    dialog.showModal();
    dialog.querySelector<HTMLElement>('[data-focus]')?.focus();
    return () => dialog.close();
  }, []);
  return (
    <dialog
      ref={ref}
      class={wide ? 'wide' : ''}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
        noValidate
      >
        <header>
          <h2 id={id} style={{ fontSize: 16 }}>{title}</h2>
        </header>
        <div class="body">{children}</div>
        <footer>{footer}</footer>
      </form>
    </dialog>
  );
}
