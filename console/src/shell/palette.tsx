// The command palette (ARIA combobox with a list): places, saved queries, acts, and whatever is typed as a search.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactElement, useEffect, useId, useRef, useState } from 'react';
import { savedQueriesQuery } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import { KeyHint } from '../design/copy-button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Icon, type IconName } from '../design/icons.tsx';
import { SafeText } from '../design/safe-text.tsx';
import { PLACES } from './places.ts';
import styles from './shell.module.css';
import { useShortcuts } from './shortcuts.ts';

interface Option {
  readonly id: string;
  readonly label: string;
  readonly icon: IconName;
  readonly note?: string;
  readonly keys?: string;
  readonly run: () => void;
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f-]{0,28}$/i;
const RESOURCE = /^([a-z][a-z0-9_-]*)\/(\S+)$/i;

export function Palette({ onClose }: { onClose: () => void }): ReactElement {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const base = useId();
  const options = useOptions(typed.trim());
  const chosen = Math.min(at, options.length - 1);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  const take = (option: Option | undefined): void => {
    if (!option) return;
    onClose();
    // After the dialog has given the focus back: what runs may want it elsewhere.
    setTimeout(option.run);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowDown: chosen + 1, ArrowUp: chosen - 1 + options.length }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setAt(to % options.length);
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      take(options[chosen]);
    }
  };
  return (
    <Dialog title="Command palette" bare onClose={onClose}>
      <div className={styles.palette}>
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={base}
          aria-activedescendant={`${base}-${chosen}`}
          aria-autocomplete="list"
          aria-label="Go to a page, an id, or search"
          placeholder="Go to a page, an exchange id, monitor/123, or search…"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          maxLength={4096}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <div ref={list} id={base} role="listbox" aria-label="Commands" className={styles.options}>
          {options.map((option, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard is the input's (ARIA combobox)
            // biome-ignore lint/a11y/useFocusableInteractive: the same, by aria-activedescendant
            <div
              key={option.id}
              id={`${base}-${index}`}
              role="option"
              aria-selected={index === chosen}
              className={styles.option}
              onClick={() => take(option)}
              onPointerMove={() => setAt(index)}
            >
              <Icon name={option.icon} />
              <span className="truncate">
                <SafeText text={option.label} most={120} />
              </span>
              {option.note && <span className="quiet truncate">{option.note}</span>}
              {option.keys && <KeyHint keys={option.keys} quiet />}
            </div>
          ))}
        </div>
      </div>
    </Dialog>
  );
}

function useOptions(typed: string): readonly Option[] {
  const navigate = useNavigate();
  const auditor = useMay('auditor');
  const { data } = useQuery({ ...savedQueriesQuery, enabled: auditor });
  const shortcuts = useShortcuts();
  const words = typed.toLowerCase();
  const fits = (label: string): boolean => words.split(/\s+/).every((word) => label.toLowerCase().includes(word));

  const goto: Option[] = PLACES.filter(({ label }) => fits(label)).map(({ to, label, icon, keys }) => ({
    id: to,
    label,
    icon,
    keys,
    run: () => void navigate({ to }),
  }));
  const saved: Option[] = (data?.queries ?? [])
    .filter(({ name }) => fits(name))
    .map(({ name, query }) => ({
      id: `saved ${name}`,
      label: name,
      note: query,
      icon: 'star',
      run: () => void navigate({ to: '/search', search: { q: `saved:${name}` } }),
    }));
  const acts: Option[] = shortcuts
    .filter(
      ({ label, keys }) =>
        label !== undefined && !keys.startsWith('g ') && !/^(j|k|Mod k|Enter|Escape)$/i.test(keys) && fits(label),
    )
    .map(({ keys, label = '', run }) => ({
      id: `act ${keys}`,
      label,
      keys,
      icon: 'bolt',
      run: () => run(new KeyboardEvent('keydown')),
    }));
  if (typed === '') return [...goto, ...saved, ...acts];

  const direct: Option[] = [];
  if (UUID.test(typed)) {
    direct.push({
      id: 'exchange',
      label: `Exchange ${typed}`,
      icon: 'right',
      run: () => void navigate({ to: '/exchange/$id', params: { id: typed } }),
    });
  }
  const [, kind, id] = RESOURCE.exec(typed) ?? [];
  if (kind !== undefined && id !== undefined) {
    direct.push({
      id: 'resource',
      label: `Resource ${typed}`,
      icon: 'right',
      run: () => void navigate({ to: '/resource/$kind/$id', params: { kind, id } }),
    });
  }
  const seek: Option = {
    id: 'search',
    label: typed,
    note: 'search the record',
    icon: 'search',
    run: () => void navigate({ to: '/search', search: { q: typed } }),
  };
  return [...direct, ...goto, ...saved, ...acts, seek];
}
