// Toasts: what was done, or why not. Failures stay until they are closed.
import { type ReactElement, useSyncExternalStore } from 'react';
import { ApiError } from '../api/client.ts';
import { IconButton } from './button.tsx';
import { classes } from './classes.ts';
import { visible } from './hostile.ts';
import styles from './toast.module.css';

interface Toast {
  readonly id: number;
  readonly kind: 'good' | 'bad' | 'plain';
  readonly title: string;
  readonly text?: string | undefined;
}

const GOES_AFTER = 5000;
let toasts: readonly Toast[] = [];
let serial = 0;
const listeners = new Set<() => void>();
const set = (next: readonly Toast[]): void => {
  toasts = next;
  for (const listener of listeners) listener();
};

export function toast(
  title: string,
  { kind = 'good', text }: { kind?: Toast['kind']; text?: string | undefined } = {},
): void {
  const id = ++serial;
  set([...toasts.slice(-3), { id, kind, title, text }]);
  if (kind !== 'bad') setTimeout(() => dismiss(id), GOES_AFTER);
}

/** Tells of a failed act: `.catch(toastError('Not revoked'))`, or as onError of a mutation. */
export const toastError =
  (title: string) =>
  (error: unknown): void => {
    const text = error instanceof ApiError ? [error.message, error.remedy].filter(Boolean).join('. ') : String(error);
    toast(title, { kind: 'bad', text });
  };

const dismiss = (id: number): void => set(toasts.filter((each) => each.id !== id));

/** Mounted once, by the shell. */
export function ToastLayer(): ReactElement {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className={styles.stack} role="status" aria-live="polite">
      {shown.map(({ id, kind, title, text }) => (
        <div key={id} className={classes(styles.toast, styles[kind])}>
          <div className={styles.text}>
            <strong>{visible(title)}</strong>
            {text !== undefined && <p>{visible(text)}</p>}
          </div>
          <IconButton icon="cross" label="Close this message" size="small" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
