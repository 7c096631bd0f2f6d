// Marks of what became of a part between two versions: a word with its colour, and a value beside the one it was.
import type { ReactElement } from 'react';
import { Badge, type Tone } from '../../design/badge.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { sameJson } from '../../record/field-differences.ts';
import type { Mark } from './dashboard.ts';
import styles from './sketch.module.css';

export const MARK_TONES: Readonly<Record<Mark, Tone>> = {
  added: 'green',
  changed: 'amber',
  moved: 'blue',
  removed: 'red',
};

export const MarkBadge = ({ mark }: { mark: Mark }): ReactElement => <Badge tone={MARK_TONES[mark]}>{mark}</Badge>;

/** A value; crossed out before it, the one that it was, when that is another one. @param was undefined: nothing is compared */
export function Told({
  now,
  was,
  compared,
  show = (value) => <SafeText text={value} most={500} />,
}: {
  now: string | undefined;
  was: string | undefined;
  compared: boolean;
  show?: (value: string) => ReactElement;
}): ReactElement | null {
  if (!compared || now === was) return now === undefined ? null : show(now);
  return (
    <span className={styles.told}>
      {was !== undefined && <del className={styles.was}>{show(was)}</del>}
      {now !== undefined ? <ins className={styles.now}>{show(now)}</ins> : <span className="quiet">none now</span>}
    </span>
  );
}

/** Tags and their like: those that stayed, came and went. */
export function Chips({
  now,
  was,
  label,
}: {
  now: readonly string[];
  was: readonly string[] | undefined;
  label: string;
}): ReactElement | null {
  const here = [...new Set(now)];
  const gone = [...new Set(was)].filter((each) => !now.includes(each));
  if (now.length === 0 && gone.length === 0) return null;
  return (
    <ul className={styles.chips} aria-label={label}>
      {here.slice(0, 100).map((each) => (
        <li key={each} className={was && !was.includes(each) ? styles.chipNew : styles.chip}>
          {was && !was.includes(each) && <span className="visually-hidden">added: </span>}
          <SafeText text={each} most={120} />
        </li>
      ))}
      {gone.slice(0, 100).map((each) => (
        <li key={each} className={styles.chipGone}>
          <span className="visually-hidden">removed: </span>
          <SafeText text={each} most={120} />
        </li>
      ))}
    </ul>
  );
}

/** Whether two parts differ, where there is something to compare with. */
export const differs = (now: unknown, was: unknown, compared: boolean): boolean => compared && !sameJson(now, was);
