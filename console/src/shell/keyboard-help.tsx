// What the keyboard does here, listed from what is registered: it cannot be out of date.
import type { ReactElement } from 'react';
import { KeyHint } from '../design/copy-button.tsx';
import { Dialog } from '../design/dialog.tsx';
import styles from './shell.module.css';
import { useShortcuts } from './shortcuts.ts';

export function KeyboardHelp({ onClose }: { onClose: () => void }): ReactElement {
  const groups = Map.groupBy(useShortcuts(), ({ group }) => group);
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      {[...groups]
        .toSorted(([a], [b]) => Number(b === 'This page') - Number(a === 'This page'))
        .map(([group, all]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl className={styles.keys}>
              {all.map(({ keys, label }) => (
                <Line key={keys} keys={keys} label={label ?? ''} />
              ))}
            </dl>
          </section>
        ))}
    </Dialog>
  );
}

const Line = ({ keys, label }: { keys: string; label: string }): ReactElement => (
  <>
    <dt>{label}</dt>
    <dd>
      <KeyHint keys={keys} />
    </dd>
  </>
);
