// What stands where there is nothing to show: not yet, nothing, not allowed, or it failed. Written for people: what, why, what to do.
import type { ReactElement, ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { Button } from './button.tsx';
import { classes } from './classes.ts';
import { visible } from './hostile.ts';
import { Icon, type IconName } from './icons.tsx';
import styles from './states.module.css';

export function EmptyState({
  icon = 'search',
  title,
  children,
  actions,
  small,
}: {
  icon?: IconName;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  small?: boolean;
}): ReactElement {
  return (
    <div className={classes(styles.state, small && styles.small)}>
      {!small && (
        <span className={styles.sign}>
          <Icon name={icon} size={20} />
        </span>
      )}
      <p className={styles.title}>{title}</p>
      {children && <div className={styles.text}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

/** A failure as the API tells it, with its remedy and code; `role_missing` reads as what it is: not for this person. */
export function ErrorState({
  error,
  onRetry,
  small,
}: {
  error: unknown;
  onRetry?: () => void;
  small?: boolean;
}): ReactElement {
  const { code, message, remedy } = told(error);
  const forbidden = code === 'role_missing';
  return (
    <div className={classes(styles.state, small && styles.small)} role="alert">
      <span className={classes(styles.sign, !forbidden && styles.bad)}>
        <Icon name={forbidden ? 'shield' : 'warning'} size={20} />
      </span>
      <p className={styles.title}>{forbidden ? 'Not for your role' : titleOf(code)}</p>
      <p className={styles.text}>{visible(sentence(message))}</p>
      {remedy !== undefined && <p className={styles.text}>{visible(sentence(remedy))}</p>}
      {onRetry && !forbidden && (
        <div className={styles.actions}>
          <Button icon="refresh" onClick={onRetry}>
            Try again
          </Button>
        </div>
      )}
      {code !== undefined && <p className={classes(styles.code, 'mono')}>{code}</p>}
    </div>
  );
}

/** Where the person's roles do not reach; `needs` is the one that would. */
export function NoPermission({ needs, what }: { needs: 'auditor' | 'operator' | 'admin'; what: string }): ReactElement {
  return (
    <EmptyState icon="shield" title="Not for your role">
      {what} needs the role {needs}, which none of your groups gives. An admin can name one of them under roles.{needs}{' '}
      in the configuration.
    </EmptyState>
  );
}

function told(error: unknown): { code?: string; message: string; remedy?: string | undefined } {
  if (error instanceof ApiError) return { code: error.code, message: error.message, remedy: error.remedy };
  return { message: error instanceof Error ? error.message : String(error) };
}

function titleOf(code: string | undefined): string {
  if (code === 'not_found' || code === 'unknown_exchange') return 'There is no such thing';
  if (code === 'bad_query') return 'The query cannot be read';
  if (code === 'unreachable') return 'The gateway does not answer';
  return 'That did not work';
}

const sentence = (text: string): string => {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
};

/** A grey line while something loads; `width` in any CSS unit. */
export function Skeleton({ width = '100%', height = 12 }: { width?: string | number; height?: number }): ReactElement {
  return <span className={styles.skeleton} style={{ width, height }} aria-hidden="true" />;
}

/** Lines in place of a table or text that loads, and the words for those who do not see them. */
export function Loading({ rows = 6, what = 'Loading' }: { rows?: number; what?: string }): ReactElement {
  return (
    <div className={styles.rows} role="status" aria-busy="true">
      <span className="visually-hidden">{what}</span>
      {Array.from({ length: rows }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={at} width={`${[92, 78, 85, 64, 88, 71][at % 6]}%`} />
      ))}
    </div>
  );
}

/** How far something is. @param value of `max`; undefined while that is not known */
export function Progress({
  label,
  value,
  max = 1,
  note,
}: {
  label: string;
  value: number | undefined;
  max?: number;
  note?: ReactNode;
}): ReactElement {
  const part = value === undefined ? undefined : max === 0 ? 1 : Math.min(1, value / max);
  return (
    <div className={styles.progress}>
      <div className="spread">
        <span>{label}</span>
        <span className="quiet">{note ?? (part === undefined ? '' : `${Math.floor(part * 100)} %`)}</span>
      </div>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={part === undefined ? undefined : Math.floor(part * 100)}
      >
        {part === undefined ? (
          <Skeleton height={6} />
        ) : (
          <div className={styles.bar} style={{ width: `${part * 100}%` }} />
        )}
      </div>
    </div>
  );
}
