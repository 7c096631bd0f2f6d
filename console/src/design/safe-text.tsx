// Text from outside, shown as what it is: nothing in it acts, and what would hide is marked.
import type { ReactElement } from 'react';
import { isHostile, pieces } from './hostile.ts';
import styles from './safe-text.module.css';

/**
 * Any text that Dogwatch did not write: names, titles, paths, messages. React keeps HTML from acting; this keeps direction overrides, control
 * characters and terminal escapes from it.
 * @param most characters shown; the rest is counted
 */
export function SafeText({ text, most = 4096 }: { text: string; most?: number }): ReactElement {
  const cut = text.length > most ? text.slice(0, most) : text;
  const rest = text.length - cut.length;
  if (!isHostile(cut)) {
    return (
      <bdi className={styles.text}>
        {cut}
        {rest > 0 && <More rest={rest} />}
      </bdi>
    );
  }
  return (
    <bdi className={styles.text}>
      {pieces(cut).map((piece, at) =>
        'text' in piece ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text do not move
          <bdi key={at}>{piece.text}</bdi>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same
          <span key={at} className={styles.mark} data-tip={piece.means}>
            {piece.mark}
          </span>
        ),
      )}
      {rest > 0 && <More rest={rest} />}
    </bdi>
  );
}

const More = ({ rest }: { rest: number }): ReactElement => (
  <span className="quiet"> … {rest.toLocaleString('en')} more characters</span>
);
