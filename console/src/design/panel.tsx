// Where things stand: a page with its title, panels with a heading, lists of facts.
import { type ReactElement, type ReactNode, useEffect, useId } from 'react';
import { classes } from './classes.ts';
import styles from './panel.module.css';

/** A page: sets the document's title, and has the one h1. `lead` is a line under it, `actions` stand at its end. */
export function Page({
  title,
  heading = title,
  lead,
  actions,
  children,
}: {
  /** In words, for the tab of the browser. */
  title: string;
  /** What the h1 shows, when that is more than the title. */
  heading?: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}): ReactElement {
  useTitle(title);
  return (
    <div className={styles.page}>
      <div className={styles.title}>
        <div>
          <h1>{heading}</h1>
          {lead && <p>{lead}</p>}
        </div>
        {actions && <div className="row wrap">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/** Names the page in the browser's tab and history. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Dogwatch`;
  }, [title]);
}

/** A bordered region with a heading. `flush` leaves no padding, for tables and lists. */
export function Panel({
  title,
  note,
  actions,
  flush,
  className,
  children,
}: {
  title?: ReactNode;
  /** Quiet words after the title. */
  note?: ReactNode;
  actions?: ReactNode;
  flush?: boolean;
  className?: string | undefined;
  children: ReactNode;
}): ReactElement {
  const id = useId();
  return (
    <section className={classes(styles.panel, className)} aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <div className={styles.head}>
          <h2 className="truncate">
            <span id={id}>{title}</span>
            {note !== undefined && <span className={styles.note}>{note}</span>}
          </h2>
          {actions}
        </div>
      )}
      <div className={flush ? undefined : styles.body}>{children}</div>
    </section>
  );
}

/** A list of facts; those that are undefined are left out. */
export function Facts({
  items,
}: {
  items: readonly (readonly [string, ReactNode | undefined])[] | Readonly<Record<string, ReactNode | undefined>>;
}): ReactElement {
  const all = Array.isArray(items) ? (items as readonly (readonly [string, ReactNode])[]) : Object.entries(items);
  return (
    <dl className={styles.facts}>
      {all
        .filter(([, value]) => value !== undefined && value !== '' && value !== false)
        .map(([name, value]) => (
          <FactRow key={name} name={name} value={value} />
        ))}
    </dl>
  );
}

const FactRow = ({ name, value }: { name: string; value: ReactNode }): ReactElement => (
  <>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </>
);
