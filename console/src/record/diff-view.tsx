// Differences: one by one in words of fields, or two states beside each other.
import { Fragment, type ReactElement, useMemo, useState } from 'react';
import type { Difference } from '../api/types.ts';
import { Badge } from '../design/badge.tsx';
import { classes } from '../design/classes.ts';
import { plural } from '../design/format.ts';
import { SafeText } from '../design/safe-text.tsx';
import { Segments } from '../design/tabs.tsx';
import styles from './diff-view.module.css';
import { allLines, linesOfValue } from './json-lines.ts';
import { JsonText } from './json-view.tsx';
import { type DiffPart, type DiffRow, diffRows, withContext } from './line-diff.ts';

const SIGNS = { added: '+', removed: '−', changed: '~', moved: '↕' } as const;
const MOST = 200;

/** `options › thresholds › critical`, with what items of lists are known by. */
export function pathText(path: Difference['path']): string {
  if (path.length === 0) return 'everything';
  return path
    .map((step) =>
      typeof step === 'string' ? step : step.known === undefined ? `#${step.index + 1}` : `[${step.known}]`,
    )
    .join(' › ');
}

const valueText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Each field that differs, with its value before and after. */
export function DifferenceList({ changes }: { changes: readonly Difference[] }): ReactElement {
  return (
    <ul className={styles.list}>
      {changes.slice(0, MOST).map((change, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a list that does not change
        <li key={at} className={styles.item}>
          <span className={classes(styles.sign, styles[change.type])} role="img" aria-label={change.type}>
            {SIGNS[change.type]}
          </span>
          <span className={classes(styles.path, 'mono')}>
            <SafeText text={pathText(change.path)} most={300} />
          </span>
          <span className={styles.values}>
            {'before' in change && change.before !== undefined && (
              <del className={classes(styles.before, 'mono')}>
                <SafeText text={valueText(change.before)} most={2000} />
              </del>
            )}
            {'after' in change && change.after !== undefined && (
              <ins className={classes(styles.after, 'mono')}>
                <SafeText text={valueText(change.after)} most={2000} />
              </ins>
            )}
          </span>
        </li>
      ))}
      {changes.length > MOST && <li className="quiet">and {plural(changes.length - MOST, 'more difference')}</li>}
    </ul>
  );
}

/** Two JSON states, side by side or inline, equal stretches left out. */
export function StateDiff({
  before,
  after,
  labels = ['Before', 'After'],
}: {
  before: unknown;
  after: unknown;
  labels?: readonly [string, string];
}): ReactElement {
  const [how, setHow] = useState<'split' | 'inline'>(() => (innerWidth < 900 ? 'inline' : 'split'));
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const parts = useMemo(
    () =>
      withContext(
        diffRows(
          before === undefined ? [] : allLines(linesOfValue(before)),
          after === undefined ? [] : allLines(linesOfValue(after)),
        ),
      ),
    [before, after],
  );
  const shown = parts.flatMap((part): readonly DiffPart[] =>
    part.kind === 'skipped' && open.has(part.from) ? part.rows : [part],
  );
  const removed = shown.filter(({ kind }) => kind === 'removed' || kind === 'changed').length;
  const added = shown.filter(({ kind }) => kind === 'added' || kind === 'changed').length;
  return (
    <div className={styles.state}>
      <div className="spread">
        <span className="row">
          <Badge tone="red">−{removed}</Badge>
          <Badge tone="green">+{added}</Badge>
        </span>
        <Segments
          label="How the states are shown"
          options={[
            { id: 'split', label: 'Side by side' },
            { id: 'inline', label: 'Inline' },
          ]}
          value={how}
          onChange={setHow}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className={styles.scroll} tabIndex={0} aria-label="Differences of the two states">
        <table className={classes(styles.table, how === 'split' && styles.split)}>
          <thead className="visually-hidden">
            <tr>
              {how === 'split' ? (
                <>
                  <th scope="col">Line</th>
                  <th scope="col">{labels[0]}</th>
                  <th scope="col">Line</th>
                  <th scope="col">{labels[1]}</th>
                </>
              ) : (
                <>
                  <th scope="col">Line before</th>
                  <th scope="col">Line after</th>
                  <th scope="col">Text</th>
                </>
              )}
            </tr>
          </thead>
          <tbody>
            {shown.map((part) =>
              part.kind === 'skipped' ? (
                <tr key={`s${part.from}`} className={styles.skipped}>
                  <td colSpan={4}>
                    <button type="button" onClick={() => setOpen(new Set(open).add(part.from))}>
                      {plural(part.rows.length, 'equal line')}
                    </button>
                  </td>
                </tr>
              ) : how === 'split' ? (
                <SplitRow key={keyOf(part)} row={part} />
              ) : (
                <InlineRow key={keyOf(part)} row={part} />
              ),
            )}
          </tbody>
        </table>
      </section>
    </div>
  );
}

const keyOf = ({ left, right }: DiffRow): string => `${left?.number ?? ''}-${right?.number ?? ''}`;

function SplitRow({ row: { kind, left, right } }: { row: DiffRow }): ReactElement {
  const tone = (side: DiffRow['left'], colour: string | undefined) =>
    side === undefined ? styles.none : kind === 'same' ? undefined : colour;
  return (
    <tr>
      <td className={styles.number}>{left?.number}</td>
      <td className={tone(left, styles.out)}>{left && <JsonText text={left.text} />}</td>
      <td className={styles.number}>{right?.number}</td>
      <td className={tone(right, styles.in)}>{right && <JsonText text={right.text} />}</td>
    </tr>
  );
}

function InlineRow({ row: { kind, left, right } }: { row: DiffRow }): ReactElement {
  const line = (
    sign: string,
    text: string,
    numbers: readonly [number | undefined, number | undefined],
    tone?: string,
  ) => (
    <tr>
      <td className={styles.number}>{numbers[0]}</td>
      <td className={styles.number}>{numbers[1]}</td>
      <td className={tone}>
        <span className={styles.mark}>{sign}</span>
        <JsonText text={text} />
      </td>
    </tr>
  );
  if (kind === 'same' && left && right) return line(' ', left.text, [left.number, right.number]);
  return (
    <Fragment>
      {left && line('−', left.text, [left.number, undefined], styles.out)}
      {right && line('+', right.text, [undefined, right.number], styles.in)}
    </Fragment>
  );
}
