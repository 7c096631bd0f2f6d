// The query line: a plain field at once, the editor with colours and completion as soon as it is loaded.
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useEffect, useRef, useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { fieldsQuery } from '../../api/queries.ts';
import { classes } from '../../design/classes.ts';
import { KeyHint } from '../../design/copy-button.tsx';
import { Icon } from '../../design/icons.tsx';
import styles from './search.module.css';

type Editor = typeof import('./query-editor.tsx').default;

export function QueryBar({
  value,
  error,
  onChange,
  onSubmit,
  onLeave,
  early,
}: {
  value: string;
  error: unknown;
  onChange: (text: string) => void;
  onSubmit: (text: string) => void;
  onLeave: () => void;
  /** Something else is awaited: the editor loads when the line is used, else after that. */
  early: boolean;
}): ReactElement {
  const { data } = useQuery(fieldsQuery);
  const plain = useRef<HTMLInputElement>(null);
  const [focused, setFocused] = useState(false);
  const [Editor, setEditor] = useState<Editor>();
  const wanted = focused || !early;
  useEffect(() => {
    // When it cannot be loaded, the plain field stays.
    if (wanted)
      import('./query-editor.tsx').then(({ default: editor }) => setEditor(() => editor)).catch(() => undefined);
  }, [wanted]);
  const bad = error instanceof ApiError && error.code === 'bad_query' ? error : undefined;
  const fallback = (
    <input
      ref={plain}
      className={styles.plain}
      data-query-editor
      aria-label="Search query"
      placeholder="Search"
      value={value}
      maxLength={4096}
      autoComplete="off"
      spellCheck={false}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.nativeEvent.isComposing) onSubmit(value);
        if (event.key === 'Escape') onLeave();
      }}
    />
  );
  return (
    <div className={styles.query}>
      <div className={classes(styles.bar, bad && styles.badBar)}>
        <Icon name="search" />
        {data && Editor ? (
          <Editor
            value={value}
            fields={data.fields}
            focused={focused}
            onChange={onChange}
            onSubmit={onSubmit}
            onLeave={onLeave}
          />
        ) : (
          fallback
        )}
        <KeyHint keys="/" quiet />
      </div>
      {bad && (
        <p className={styles.complaint} role="alert">
          {bad.message}
        </p>
      )}
    </div>
  );
}

/** Puts the cursor into the query line, whichever of both is there. */
export function focusQuery(): void {
  const element = document.querySelector<HTMLElement>('[data-query-editor]');
  (element instanceof HTMLInputElement ? element : element?.querySelector<HTMLElement>('.cm-content'))?.focus();
}
