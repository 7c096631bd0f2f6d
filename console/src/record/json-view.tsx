// A body as people read it: laid out, coloured, folded, searched; only the lines in view are in the document.
import { type ReactElement, type ReactNode, useMemo, useRef, useState } from 'react';
import { IconButton } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { useFixedRows } from '../design/fixed-rows.ts';
import { count } from '../design/format.ts';
import { SafeText } from '../design/safe-text.tsx';
import { findLines, foldedBelow, type Lines, membersOf, shownLines, tokensOf } from './json-lines.ts';
import styles from './json-view.module.css';

const ROW = 20;
/** Characters of one line that are shown; a longer one says how many there are. */
const LONGEST = 2000;
/** More lines than that begin folded below the second level. */
const MANY = 5000;

export function JsonView({
  lines,
  label,
  actions,
  more = false,
  tall = 640,
}: {
  lines: Lines;
  /** What it is, for screen readers: `Response body`. */
  label: string;
  actions?: ReactNode;
  /** Lines beyond these are on their way. */
  more?: boolean;
  /** Pixels at most. */
  tall?: number;
}): ReactElement {
  const [folded, setFolded] = useState<ReadonlySet<number>>(() =>
    lines.count > MANY ? foldedBelow(lines, 2) : new Set(),
  );
  const [wanted, setWanted] = useState('');
  const [hit, setHit] = useState(0);
  const shown = useMemo(() => shownLines(lines, folded), [lines, folded]);
  const hits = useMemo(() => (wanted.length < 2 ? [] : findLines(lines, wanted)), [lines, wanted]);
  const scroller = useRef<HTMLElement>(null);
  const { first, last, height, shift, top, show } = useFixedRows(scroller, { count: shown.length, size: ROW });
  const drawn = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);

  /** As of the lines that show by the time it is called. */
  const latest = useRef(show);
  latest.current = show;

  const toggle = (at: number): void =>
    setFolded((now) => {
      const next = new Set(now);
      if (!next.delete(at)) next.add(at);
      return next;
    });
  /** Goes to the hit of that number, and unfolds what hides it. */
  const goTo = (n: number): void => {
    const at = hits[(n + hits.length) % hits.length];
    if (at === undefined) return;
    setHit((n + hits.length) % hits.length);
    const hiding = [...folded].filter((each) => each < at && (lines.closes[each] ?? -1) >= at);
    const next = new Set(folded);
    for (const each of hiding) next.delete(each);
    if (hiding.length > 0) setFolded(next);
    const visible = hiding.length > 0 ? shownLines(lines, next) : shown;
    requestAnimationFrame(() => latest.current(indexOf(visible, at), 'center'));
  };

  const width = String(lines.count).length;
  return (
    <div className={styles.view}>
      <div className={styles.bar}>
        <input
          type="search"
          className={styles.search}
          placeholder="Find in body"
          aria-label={`Find in ${label.toLowerCase()}`}
          value={wanted}
          onChange={(event) => {
            setWanted(event.target.value);
            setHit(0);
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            goTo(event.shiftKey ? hit - 1 : wanted === '' ? 0 : hit + (hits.length > 1 ? 1 : 0));
          }}
        />
        {wanted.length >= 2 && (
          <span className="row" role="status">
            <span className="quiet">
              {hits.length === 0 ? 'not found' : `${count(hit + 1)} of ${count(hits.length)}`}
            </span>
            <IconButton
              size="small"
              icon="up"
              label="Previous"
              disabled={hits.length === 0}
              onClick={() => goTo(hit - 1)}
            />
            <IconButton
              size="small"
              icon="down"
              label="Next"
              disabled={hits.length === 0}
              onClick={() => goTo(hit + 1)}
            />
          </span>
        )}
        <span className={styles.gap} />
        {more && <span role="status">The rest loads…</span>}
        <span className="quiet">
          {count(lines.count)}
          {more && '+'} {lines.count === 1 ? 'line' : 'lines'}
        </span>
        {lines.json && lines.count > 3 && (
          <button
            type="button"
            className={styles.link}
            onClick={() => setFolded(folded.size > 0 ? new Set() : foldedBelow(lines, 1))}
          >
            {folded.size > 0 ? 'Unfold all' : 'Fold'}
          </button>
        )}
        {actions}
      </div>
      <section
        ref={scroller}
        className={styles.scroller}
        style={{ height: Math.min(tall, shown.length * ROW + 17) }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
        tabIndex={0}
        aria-label={label}
      >
        <div className={styles.all} style={{ height }}>
          <div className={styles.drawn} style={{ transform: `translateY(${shift}px)` }}>
            {drawn.map((index) => {
              const at = shown[index] ?? 0;
              const found = wanted.length >= 2 && hits[hit] === at;
              return (
                <div
                  key={at}
                  className={classes(styles.line, found && styles.found)}
                  style={{ transform: `translateY(${top(index)}px)` }}
                >
                  <span className={styles.number} style={{ width: `${width + 1}ch` }}>
                    {at + 1}
                  </span>
                  <Fold lines={lines} at={at} folded={folded.has(at)} onToggle={() => toggle(at)} />
                  <Line lines={lines} at={at} folded={folded.has(at)} wanted={wanted.length >= 2 ? wanted : ''} />
                </div>
              );
            })}
          </div>
        </div>
      </section>
    </div>
  );
}

function Fold({
  lines,
  at,
  folded,
  onToggle,
}: {
  lines: Lines;
  at: number;
  folded: boolean;
  onToggle: () => void;
}): ReactElement {
  if ((lines.closes[at] ?? -1) < 0) return <span className={styles.fold} />;
  return (
    <button
      type="button"
      className={styles.fold}
      aria-expanded={!folded}
      aria-label={`${folded ? 'Unfold' : 'Fold'} line ${at + 1}`}
      onClick={onToggle}
    >
      {folded ? '▸' : '▾'}
    </button>
  );
}

function Line({
  lines,
  at,
  folded,
  wanted,
}: {
  lines: Lines;
  at: number;
  folded: boolean;
  wanted: string;
}): ReactElement {
  const text = lines.line(at);
  const close = lines.closes[at] ?? -1;
  const hit = wanted !== '' && text.toLowerCase().includes(wanted.toLowerCase());
  return (
    <code className={classes(styles.code, hit && styles.hit)}>
      {lines.json && text.length <= LONGEST ? <JsonText text={text} /> : <SafeText text={text} most={LONGEST} />}
      {folded && (
        <span className={styles.folded}>
          {` ${count(membersOf(lines, at))} … `}
          {close < 0 ? '' : lines.line(close).trim()}
        </span>
      )}
    </code>
  );
}

/** One line of JSON, coloured. */
export function JsonText({ text }: { text: string }): ReactElement {
  return (
    <>
      {tokensOf(text).map(({ kind, text: part }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one line do not move
        <span key={at} className={kind === 'mark' ? undefined : styles[kind === 'number' ? 'digits' : kind]}>
          {kind === 'string' || kind === 'key' ? <SafeText text={part} most={LONGEST} /> : part}
        </span>
      ))}
    </>
  );
}

/** Where a line is among those that show, by halving. */
function indexOf(shown: Int32Array, line: number): number {
  let [low, high] = [0, shown.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((shown[middle] ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}
