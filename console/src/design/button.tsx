// Buttons: one primary act at most in view, quiet ones beside it, icon buttons always with a label.
import type { ButtonHTMLAttributes, ReactElement, ReactNode, Ref } from 'react';
import styles from './button.module.css';
import { classes } from './classes.ts';
import { Icon, type IconName } from './icons.tsx';

export type ButtonKind = 'plain' | 'primary' | 'danger' | 'ghost';
export type ButtonSize = 'small' | 'medium' | 'large';

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'> {
  readonly kind?: ButtonKind;
  readonly size?: ButtonSize;
  readonly icon?: IconName;
  /** Shows that its act is under way; it cannot be pressed meanwhile. */
  readonly busy?: boolean;
  readonly children?: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({
  kind = 'plain',
  size = 'medium',
  icon,
  busy,
  children,
  disabled,
  ...rest
}: ButtonProps): ReactElement {
  return (
    <button type="button" {...rest} className={buttonClass(kind, size)} disabled={disabled || busy} aria-busy={busy}>
      {busy ? <span className={styles.spinner} /> : icon && <Icon name={icon} size={14} />}
      {children}
    </button>
  );
}

/** A button that is an icon alone; `label` is its name and its tooltip. */
export function IconButton({
  label,
  icon,
  kind = 'ghost',
  size = 'medium',
  tip = label,
  ...rest
}: Omit<ButtonProps, 'children' | 'busy'> & { label: string; icon: IconName; tip?: string }): ReactElement {
  return (
    <button
      type="button"
      {...rest}
      className={classes(buttonClass(kind, size), styles.icon)}
      aria-label={label}
      data-tip={tip}
    >
      <Icon name={icon} size={size === 'small' ? 14 : 16} />
    </button>
  );
}

/** The look of a button, for links that act like one: `<Link className={buttonClass()}>`. */
export const buttonClass = (kind: ButtonKind = 'plain', size: ButtonSize = 'medium'): string =>
  classes(styles.button, kind !== 'plain' && styles[kind], size !== 'medium' && styles[size]);
