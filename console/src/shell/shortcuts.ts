// Keyboard shortcuts: single keys and sequences (`g o`), registered by whoever is mounted, listed by `?`.
import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface Shortcut {
  /** As in KeyHint: `/`, `g o`, `Mod k`, `Escape`. */
  readonly keys: string;
  /** What it does, for the list; absent: it is not listed. */
  readonly label?: string;
  readonly group: string;
  readonly run: (event: KeyboardEvent) => void;
}

const SEQUENCE_TIME = 900;
const mounted = new Map<symbol, Shortcut>();
const listeners = new Set<() => void>();
let listed: readonly Shortcut[] = [];
let pending: { key: string; until: number } | undefined;

const changed = (): void => {
  listed = [...mounted.values()].filter(({ label }) => label !== undefined);
  for (const listener of listeners) listener();
};

/** Those that work now, for the help. */
export const useShortcuts = (): readonly Shortcut[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => listed,
  );

/** While the component is mounted, `keys` do `run`. In text fields and dialogs only those with Mod do. `when` false turns it off. */
export function useShortcut(
  keys: string,
  label: string | undefined,
  run: (event: KeyboardEvent) => void,
  { group = 'This page', when = true } = {},
): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    if (!when) return;
    const id = Symbol(keys);
    mounted.set(id, { keys, group, run: (event) => latest.current(event), ...(label !== undefined && { label }) });
    changed();
    return () => {
      mounted.delete(id);
      changed();
    };
  }, [keys, label, group, when]);
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const mod = event.metaKey || event.ctrlKey;
  if (
    !mod &&
    (typing(event.target) || document.querySelector('dialog[open], [popover]:popover-open:not([role=tooltip])'))
  )
    return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const now = Date.now();
  const begun = pending !== undefined && pending.until > now ? pending.key : undefined;
  pending = undefined;
  const wanted = mod ? `Mod ${key}` : begun === undefined ? key : `${begun} ${key}`;
  // The one mounted last is the one in front.
  const all = [...mounted.values()].reverse();
  const hit = all.find(({ keys }) => keys.toLowerCase() === wanted.toLowerCase());
  if (hit) {
    event.preventDefault();
    hit.run(event);
  } else if (!mod && all.some(({ keys }) => keys.startsWith(`${key} `))) pending = { key, until: now + SEQUENCE_TIME };
}

/** Listens; once, by the shell. @returns a function that ends it */
export function listenForShortcuts(): () => void {
  document.addEventListener('keydown', onKeyDown);
  return () => document.removeEventListener('keydown', onKeyDown);
}
