// The thresholds of a monitor as bands on a scale, those that it had before as lines across it; and the same in words.
import type { ReactElement } from 'react';
import { classes } from '../../design/classes.ts';
import { LEVELS, type Level, numberText, scaleOf, type Thresholds } from './monitor.ts';
import styles from './sketch.module.css';

const WORDS: Readonly<Record<Level, string>> = {
  critical: 'alert',
  critical_recovery: 'alert ends',
  warning: 'warning',
  warning_recovery: 'warning ends',
  ok: 'ok',
  unknown: 'unknown',
};
const BANDS = { ok: 'ok', warning: 'warning', critical: 'alert' } as const;

export function ThresholdScale({
  now,
  was,
  comparator,
}: {
  now: Thresholds;
  /** Undefined: nothing is compared. */
  was: Thresholds | undefined;
  comparator: string | undefined;
}): ReactElement | null {
  const scale = scaleOf(now, comparator, was);
  if (scale === undefined) return null;
  const { low, high, bands } = scale;
  const at = (value: number): string => `${((value - low) / (high - low)) * 100}%`;
  /** Room for a number above the band: what has none stands in the list alone. */
  const crowded = (level: Level): boolean =>
    level.endsWith('recovery') &&
    LEVELS.some(
      (other) => other !== level && Math.abs((now[other] ?? Number.NaN) - (now[level] ?? 0)) / (high - low) < 0.07,
    );
  const moved = LEVELS.filter((level) => was !== undefined && was[level] !== now[level]);
  return (
    <div className={styles.scaleBox}>
      <div className={styles.scale} aria-hidden="true">
        <div className={styles.bands}>
          {bands.map(({ level, from, to }) => (
            <span
              key={level}
              className={classes(styles.band, styles[level])}
              style={{ insetInlineStart: at(from), width: `${((to - from) / (high - low)) * 100}%` }}
            >
              {(to - from) / (high - low) > 0.09 && BANDS[level]}
            </span>
          ))}
        </div>
        {LEVELS.map((level) => {
          const value = now[level];
          return (
            value !== undefined && (
              <span
                key={level}
                className={classes(styles.tick, level.endsWith('recovery') && styles.recovery)}
                style={{ insetInlineStart: at(value) }}
              >
                {!crowded(level) && <b>{numberText(value)}</b>}
              </span>
            )
          );
        })}
        {moved.map((level) => {
          const value = was?.[level];
          return (
            value !== undefined && (
              <span key={level} className={styles.ghost} style={{ insetInlineStart: at(value) }}>
                <b>{numberText(value)}</b>
              </span>
            )
          );
        })}
      </div>
      <ul className={styles.levels} aria-label="Thresholds">
        {LEVELS.map((level) => {
          const [value, before] = [now[level], was?.[level]];
          if (value === undefined && before === undefined) return null;
          return (
            <li key={level}>
              <span
                className={classes(
                  styles.swatch,
                  styles[level.replace('_recovery', '')],
                  level.endsWith('recovery') && styles.hollow,
                )}
                aria-hidden="true"
              />
              {WORDS[level]}{' '}
              {was !== undefined && before !== value && before !== undefined && (
                <del className={styles.was}>{numberText(before)}</del>
              )}{' '}
              {value === undefined ? (
                'none now'
              ) : was !== undefined && before !== value ? (
                <ins className={styles.now}>{numberText(value)}</ins>
              ) : (
                <b>{numberText(value)}</b>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
