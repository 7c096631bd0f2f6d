// The findings of one state, newest first; what is noticed meanwhile arrives by itself.
import { Link } from '@tanstack/react-router';
import { type ReactElement, useRef } from 'react';
import type { Finding } from '../../api/types.ts';
import { Severity } from '../../design/badge.tsx';
import { classes } from '../../design/classes.ts';
import { plural } from '../../design/format.ts';
import { IdentityChip } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { Time } from '../../design/time.tsx';
import { DetectorName, StateBadge } from '../../response/finding-signs.tsx';
import { useShortcut } from '../../shell/shortcuts.ts';
import styles from './findings.module.css';

export function FindingList({
  items,
  fresh,
  withState,
}: {
  items: readonly Finding[];
  /** Those that came while the page was open. */
  fresh: ReadonlySet<string>;
  withState: boolean;
}): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  const move = (by: number): void => {
    const links = [...(list.current?.querySelectorAll<HTMLAnchorElement>(`a.${styles.cover}`) ?? [])];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    links[at === -1 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  };
  useShortcut('j', 'Next finding', () => move(1));
  useShortcut('k', 'Previous finding', () => move(-1));
  return (
    <ul ref={list} aria-label="Findings">
      {items.map((finding) => (
        <li key={finding.id} className={classes(styles.item, fresh.has(finding.id) && styles.fresh)}>
          <Link
            to="/findings/$id"
            params={{ id: finding.id }}
            className={styles.cover}
            aria-labelledby={`finding-${finding.id}`}
          />
          <span className={styles.severity}>
            <Severity level={finding.severity} />
          </span>
          <span className={styles.what}>
            <span className={styles.title} id={`finding-${finding.id}`}>
              <SafeText text={finding.title} most={300} />
            </span>
            <span className={styles.about}>
              <DetectorName detector={finding.detector} />
              {finding.subject.identity && <IdentityChip identity={finding.subject.identity} />}
              {finding.subject.connection !== undefined && (
                <span>
                  on <SafeText text={finding.subject.connection} most={80} />
                </span>
              )}
              {finding.subject.family !== undefined && <SafeText text={finding.subject.family} most={80} />}
              <span>{plural(finding.evidence.count, 'call')}</span>
              {finding.ended === undefined && finding.state !== 'dismissed' && finding.state !== 'resolved' && (
                <span>still going on</span>
              )}
            </span>
          </span>
          <span className={styles.state}>{withState && <StateBadge state={finding.state} />}</span>
          <span className={styles.when}>
            <Time time={finding.noticed} show="ago" />
          </span>
        </li>
      ))}
    </ul>
  );
}
