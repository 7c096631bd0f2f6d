// The places of the console, for navigation, palette and shortcuts.
import type { IconName } from '../design/icons.tsx';

export const PLACES = [
  { to: '/', label: 'Overview', icon: 'overview', keys: 'g o' },
  { to: '/search', label: 'Search', icon: 'search', keys: 'g s' },
  { to: '/sessions', label: 'Sessions', icon: 'sessions', keys: 'g e' },
  { to: '/findings', label: 'Findings', icon: 'findings', keys: 'g f' },
  { to: '/agents', label: 'Agents and people', icon: 'agents', keys: 'g a' },
  { to: '/connections', label: 'Connections', icon: 'connections', keys: 'g c' },
  { to: '/journal', label: 'Journal', icon: 'journal', keys: 'g j' },
] as const satisfies readonly { to: string; label: string; icon: IconName; keys: string }[];
