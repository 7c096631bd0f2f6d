// Light, dark, or what the system says; src/first.ts applies the choice before the first paint.
import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark' | 'system';
const KEY = 'dogwatch-theme';
const listeners = new Set<() => void>();

const current = (): Theme => {
  const { theme } = document.documentElement.dataset;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
};

export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Without storage the choice holds until the page is left.
  }
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  listeners.add(listener);
  system.addEventListener('change', listener);
  return () => {
    listeners.delete(listener);
    system.removeEventListener('change', listener);
  };
};

/** The choice. */
export const useTheme = (): Theme => useSyncExternalStore(subscribe, current);

const dark = (): boolean => {
  const theme = current();
  return theme === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark';
};

/** Whether dark is shown: for canvases, which know no custom properties by themselves. */
export const useIsDark = (): boolean => useSyncExternalStore(subscribe, dark);

const colours = new Map<string, string>();

/** The colour that a custom property, `--accent`, stands for in the theme that is shown: for canvases. */
export function cssColour(name: string): string {
  const key = `${name} ${dark()}`;
  const known = colours.get(key);
  if (known !== undefined) return known;
  // The property itself holds both themes' colours; what is drawn with it has one.
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  colours.set(key, colour);
  return colour;
}

/** The fonts of the console's text, for canvases: `11px ${cssFont()}`. */
export const cssFont = (): string => getComputedStyle(document.documentElement).fontFamily;
