// Small signs: badges, dots of status, severities. Colour never speaks alone: a word stands beside it.
import type { ReactElement, ReactNode } from 'react';
import styles from './badge.module.css';
import { classes } from './classes.ts';

export type Tone = 'grey' | 'green' | 'amber' | 'red' | 'violet' | 'blue';

export function Badge({
  tone = 'grey',
  tip,
  children,
}: {
  tone?: Tone;
  tip?: string | undefined;
  children: ReactNode;
}): ReactElement {
  return (
    <span className={classes(styles.badge, tone !== 'grey' && styles[tone])} data-tip={tip}>
      {children}
    </span>
  );
}

/** A dot with its word: `<Status tone="green">ok</Status>`. `live` lets it breathe, unless motion is unwanted. */
export function Status({ tone, live, children }: { tone: Tone; live?: boolean; children: ReactNode }): ReactElement {
  return (
    <span className={classes(styles.badge, styles.plain)}>
      <span className={classes(styles.dot, tone !== 'grey' && styles[tone], live && styles.live)} />
      {children}
    </span>
  );
}

/** A dot without a word, where the word stands near; hidden from screen readers. */
export function Dot({ tone }: { tone: Tone }): ReactElement {
  return <span className={classes(styles.dot, tone !== 'grey' && styles[tone])} aria-hidden="true" />;
}

const LEVELS = { info: 0, low: 1, medium: 2, high: 3, critical: 4 } as const;

/** How bad: of a finding (`info` to `critical`), and of a risk class (`low` to `critical`). */
export function Severity({ level, quiet }: { level: keyof typeof LEVELS; quiet?: boolean }): ReactElement {
  return (
    <span className={classes(styles.severity, styles[level])} data-tip={quiet ? level : undefined}>
      <span className={styles.bars} aria-hidden="true">
        {[1, 2, 3, 4].map((step) => (
          <i key={step} className={LEVELS[level] >= step ? styles.on : undefined} />
        ))}
      </span>
      <span className={quiet ? 'visually-hidden' : undefined}>{level}</span>
    </span>
  );
}
