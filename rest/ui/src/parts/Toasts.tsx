import { closeToast, toasts } from '../state/toasts';
import { Icon } from './Icon';

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div key={toast.id} class={`toast ${toast.kind}`} role={toast.kind === 'error' ? 'alert' : undefined}>
          <span class="grow">{toast.text}</span>
          {toast.link && <a href={toast.link.to}>{toast.link.text}</a>}
          {toast.undo && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                closeToast(toast.id);
                toast.undo!.run();
              }}
            >
              {toast.undo.text}
            </button>
          )}
          <button type="button" class="button plain icon-only small" aria-label="Close" onClick={() => closeToast(toast.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
