// Menus (ARIA menu button) on the browser's popover: light dismiss and the top layer come with it.
import { type KeyboardEvent, type ReactElement, type ReactNode, useId, useRef, useState } from 'react';
import { classes } from './classes.ts';
import styles from './floating.module.css';
import { Icon, type IconName } from './icons.tsx';
import { place } from './place.ts';

export type MenuItem =
  | {
      readonly label: string;
      readonly icon?: IconName;
      readonly note?: ReactNode;
      readonly danger?: boolean;
      readonly disabled?: boolean;
      /** Given: the item is one of several that are on or off. */
      readonly checked?: boolean;
      /** Keeps the menu open, for items that are switched. */
      readonly stays?: boolean;
      readonly onSelect: () => void;
    }
  | { readonly heading: string }
  | 'rule';

/** What a menu's button must be given. */
export interface MenuTrigger {
  readonly 'aria-haspopup': 'menu';
  readonly 'aria-expanded': boolean;
  readonly 'aria-controls': string;
  readonly onClick: (event: { currentTarget: HTMLElement }) => void;
}

/** `trigger` draws the button: `<Menu items={…} trigger={(props) => <Button {...props}>…</Button>} />`. */
export function Menu({
  label,
  items,
  align = 'start',
  trigger,
}: {
  label: string;
  items: readonly MenuItem[];
  align?: 'start' | 'end';
  trigger: (props: MenuTrigger) => ReactElement;
}): ReactElement {
  const id = useId();
  const ref = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLElement>(null);

  const rows = (): HTMLElement[] => [...(ref.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
  const show = (event: { currentTarget: HTMLElement }): void => {
    const menu = ref.current;
    if (!menu) return;
    if (open) {
      menu.hidePopover();
      return;
    }
    anchor.current = event.currentTarget;
    menu.showPopover();
    place(menu, event.currentTarget.getBoundingClientRect(), align);
    rows()[0]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const all = rows();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === 'Tab') ref.current?.hidePopover();
    else if (to !== undefined) {
      event.preventDefault();
      all[to % all.length]?.focus();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      const letter = event.key.toLowerCase();
      const after = [...all.slice(at + 1), ...all.slice(0, at + 1)];
      after.find((row) => row.textContent?.trim().toLowerCase().startsWith(letter))?.focus();
      event.stopPropagation();
    }
  };
  return (
    <>
      {trigger({ 'aria-haspopup': 'menu', 'aria-expanded': open, 'aria-controls': id, onClick: show })}
      <div
        ref={ref}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        className={styles.menu}
        onKeyDown={onKeyDown}
        onToggle={(event) => {
          setOpen(event.newState === 'open');
          if (event.newState === 'closed' && ref.current?.contains(document.activeElement)) anchor.current?.focus();
        }}
      >
        {items.map((item, at) => (
          <Row
            key={typeof item === 'string' ? `rule-${at}` : 'heading' in item ? `# ${item.heading}` : item.label}
            item={item}
            close={() => ref.current?.hidePopover()}
          />
        ))}
      </div>
    </>
  );
}

function Row({ item, close }: { item: MenuItem; close: () => void }): ReactElement {
  if (item === 'rule') return <hr className={styles.rule} />;
  if ('heading' in item)
    return (
      <div className={styles.head} role="presentation">
        {item.heading}
      </div>
    );
  const { label, icon, note, danger, disabled, checked, stays, onSelect } = item;
  return (
    <button
      type="button"
      {...(checked === undefined ? { role: 'menuitem' } : { role: 'menuitemcheckbox', 'aria-checked': checked })}
      aria-disabled={disabled}
      tabIndex={-1}
      className={classes(styles.item, danger && styles.danger)}
      onClick={() => {
        if (disabled) return;
        if (!stays) close();
        onSelect();
      }}
    >
      {checked !== undefined ? (
        checked ? (
          <Icon name="check" size={14} />
        ) : (
          <span style={{ width: 14 }} />
        )
      ) : (
        icon && <Icon name={icon} size={14} />
      )}
      <span className={classes(styles.grow, 'truncate')}>{label}</span>
      {note !== undefined && <span className="quiet">{note}</span>}
    </button>
  );
}
