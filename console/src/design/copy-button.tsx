// Copying: a button that says when it has, and ids that carry one.
import { type ReactElement, useEffect, useState } from 'react';
import { Button, IconButton } from './button.tsx';
import { classes } from './classes.ts';
import styles from './copy.module.css';
import { shortId } from './format.ts';
import { SafeText } from './safe-text.tsx';
import { toast } from './toast.tsx';

/** @param text what is copied, or what fetches it when asked */
export function CopyButton({
  text,
  label = 'Copy',
  word,
  size = 'small',
}: {
  text: string | (() => Promise<string>);
  /** What it copies: `Copy the exchange id`. */
  label?: string;
  /** Given: a button with this word instead of the icon alone. */
  word?: string;
  size?: 'small' | 'medium';
}): ReactElement {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : await text());
      setCopied(true);
    } catch (error) {
      toast('Not copied', {
        kind: 'bad',
        text: error instanceof Error ? error.message : 'the browser did not allow it',
      });
    }
  };
  if (word !== undefined) {
    return (
      <Button size={size} icon={copied ? 'check' : 'copy'} aria-label={label} onClick={copy}>
        {copied ? 'Copied' : word}
      </Button>
    );
  }
  return <IconButton size={size} icon={copied ? 'check' : 'copy'} label={copied ? 'Copied' : label} onClick={copy} />;
}

/** An id in the fixed-width face, with a button that copies the whole of it. `short` shows its beginning. */
export function CopyableId({ id, what = 'id', short }: { id: string; what?: string; short?: boolean }): ReactElement {
  return (
    <span className={styles.id}>
      <span className="mono truncate" data-tip={short ? id : undefined}>
        <SafeText text={short ? shortId(id) : id} />
      </span>
      <CopyButton text={id} label={`Copy the ${what}`} />
    </span>
  );
}

/** Keys as they are pressed: `<KeyHint keys="Mod K" />`, `<KeyHint keys="g o" />`. `Mod` is ⌘ on a Mac and Ctrl elsewhere. */
export function KeyHint({ keys, quiet }: { keys: string; quiet?: boolean }): ReactElement {
  return (
    <span className={styles.keys} aria-hidden={quiet}>
      {keys.split(' ').map((key) => (
        <kbd key={key} className={classes(styles.kbd)}>
          {key === 'Mod' ? (isMac() ? '⌘' : 'Ctrl') : (KEYS[key] ?? key)}
        </kbd>
      ))}
    </span>
  );
}

const KEYS: Readonly<Record<string, string>> = {
  Enter: '↵',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Shift: '⇧',
};
export const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);
