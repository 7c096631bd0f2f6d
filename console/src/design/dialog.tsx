// Dialogs on the browser's own <dialog>: the focus stays inside, Escape closes, and what was focused before is so again.
import { type ReactElement, type ReactNode, useEffect, useId, useRef } from 'react';
import { Button, type ButtonKind, IconButton } from './button.tsx';
import { classes } from './classes.ts';
import styles from './dialog.module.css';

/** A modal dialog. Mount it while it is to be seen; `onClose` is told of Escape, the close button and the backdrop. */
export function Dialog({
  title,
  onClose,
  actions,
  wide,
  bare,
  drawer,
  children,
}: {
  title: string;
  onClose: () => void;
  /** Buttons at the foot, the one that acts last. */
  actions?: ReactNode;
  wide?: boolean;
  /** No visible head, for palettes; the title is its label all the same. */
  bare?: boolean;
  drawer?: boolean;
  children: ReactNode;
}): ReactElement {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement as HTMLElement | null;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
      before?.focus?.({ preventScroll: true });
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the backdrop's keyboard, by onCancel
    <dialog
      ref={ref}
      className={classes(styles.dialog, wide && styles.wide, bare && styles.top, drawer && styles.drawer)}
      aria-labelledby={bare || drawer ? undefined : id}
      aria-label={bare || drawer ? title : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current && outside(event.clientX, event.clientY, ref.current)) onClose();
      }}
    >
      {!bare && !drawer && (
        <div className={styles.head}>
          <h2 id={id}>{title}</h2>
          <IconButton icon="cross" label="Close" tip="" size="small" onClick={onClose} />
        </div>
      )}
      {bare || drawer ? children : <div className={styles.body}>{children}</div>}
      {actions && <div className={styles.foot}>{actions}</div>}
    </dialog>
  );
}

function outside(x: number, y: number, dialog: HTMLElement): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return x < left || x > right || y < top || y > bottom;
}

/** Asks before something that cannot be taken back, and says what it will do. */
export function Confirm({
  title,
  act,
  kind = 'danger',
  busy,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  /** The verb on the button: `Revoke`. */
  act: string;
  kind?: ButtonKind;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}): ReactElement {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind={kind} busy={busy ?? false} onClick={onConfirm}>
            {act}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
