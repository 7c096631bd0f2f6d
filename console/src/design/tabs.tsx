// Tabs (ARIA tab pattern: arrows move, the panel follows) and segments (a radio group that looks like a switch).
import { type KeyboardEvent, type ReactElement, type ReactNode, useId } from 'react';
import styles from './tabs.module.css';

export interface Tab<Id extends string> {
  readonly id: Id;
  readonly label: string;
  /** Behind the label: a count. */
  readonly note?: ReactNode;
}

/** @param children what the chosen tab shows */
export function Tabs<Id extends string>({
  label,
  tabs,
  value,
  onChange,
  children,
}: {
  label: string;
  tabs: readonly Tab<Id>[];
  value: Id;
  onChange: (id: Id) => void;
  children: ReactNode;
}): ReactElement {
  const base = useId();
  return (
    <div>
      <div
        role="tablist"
        aria-label={label}
        className={styles.list}
        onKeyDown={(event) => moveBy(event, tabs, value, onChange)}
      >
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${base}-${tab.id}`}
            aria-selected={tab.id === value}
            aria-controls={`${base}-panel`}
            tabIndex={tab.id === value ? 0 : -1}
            className={styles.tab}
            onClick={() => onChange(tab.id)}
          >
            {tab.label}
            {tab.note !== undefined && <span className="quiet">{tab.note}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${base}-panel`} aria-labelledby={`${base}-${value}`}>
        {children}
      </div>
    </div>
  );
}

/** One of a few, side by side. */
export function Segments<Id extends string>({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly { readonly id: Id; readonly label: string }[];
  value: Id;
  onChange: (id: Id) => void;
}): ReactElement {
  return (
    <div
      role="radiogroup"
      aria-label={label}
      className={styles.segments}
      onKeyDown={(event) => moveBy(event, options, value, onChange)}
    >
      {options.map((option) => (
        // biome-ignore lint/a11y/useSemanticElements: a radio group of buttons is what a segmented control is (ARIA APG)
        <button
          key={option.id}
          type="button"
          role="radio"
          aria-checked={option.id === value}
          tabIndex={option.id === value ? 0 : -1}
          className={styles.segment}
          onClick={() => onChange(option.id)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

function moveBy<Id extends string>(
  event: KeyboardEvent<HTMLElement>,
  all: readonly { readonly id: Id }[],
  value: Id,
  onChange: (id: Id) => void,
): void {
  const at = all.findIndex(({ id }) => id === value);
  const to = {
    ArrowRight: at + 1,
    ArrowDown: at + 1,
    ArrowLeft: at - 1,
    ArrowUp: at - 1,
    Home: 0,
    End: all.length - 1,
  }[event.key];
  if (to === undefined) return;
  const next = (to + all.length) % all.length;
  const chosen = all[next];
  if (chosen === undefined) return;
  event.preventDefault();
  onChange(chosen.id);
  (event.currentTarget.children[next] as HTMLElement | undefined)?.focus();
}
