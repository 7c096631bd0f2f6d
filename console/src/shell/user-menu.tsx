// Who is signed in, with which roles; the theme; and the way out.
import { useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { postJson } from '../api/client.ts';
import { queryClient, sessionQuery } from '../api/queries.ts';
import { useSession } from '../api/session.ts';
import { visible } from '../design/hostile.ts';
import { Menu, type MenuItem } from '../design/menu.tsx';
import { setTheme, type Theme, useTheme } from '../design/theme.ts';
import { toastError } from '../design/toast.tsx';
import styles from './shell.module.css';

const THEMES = [
  ['system', 'Theme of the system', 'system'],
  ['light', 'Light', 'sun'],
  ['dark', 'Dark', 'moon'],
] as const satisfies readonly (readonly [Theme, string, string])[];

export function UserMenu({ onHelp }: { onHelp: () => void }): ReactElement {
  const { identity, roles, provider } = useSession();
  const theme = useTheme();
  const navigate = useNavigate();
  const name = visible(identity.name);
  const signOut = async (): Promise<void> => {
    await postJson('/auth/logout');
    queryClient.clear();
    queryClient.setQueryData(sessionQuery.queryKey, null);
    await navigate({ to: '/sign-in' });
  };
  const items: MenuItem[] = [
    {
      heading:
        provider === 'dogwatch:local'
          ? `${name}, on the gateway’s machine`
          : provider
            ? `${name}, by ${provider}`
            : name,
    },
    { heading: roles.length === 0 ? 'No role: you may see that it runs' : `Roles: ${roles.join(', ')}` },
    'rule',
    ...THEMES.map(
      ([id, label]): MenuItem => ({ label, checked: theme === id, stays: true, onSelect: () => setTheme(id) }),
    ),
    'rule',
    { label: 'Keyboard', icon: 'keyboard', onSelect: onHelp },
    { label: 'Sign out', icon: 'signOut', onSelect: () => void signOut().catch(toastError('Not signed out')) },
  ];
  return (
    <Menu
      label="You"
      items={items}
      align="end"
      trigger={(props) => (
        <button type="button" {...props} className={styles.avatar} data-tip={name}>
          <span aria-hidden="true">{initials(identity.name)}</span>
          <span className="visually-hidden">You: {name}</span>
        </button>
      )}
    />
  );
}

const initials = (name: string): string =>
  name
    .split(/[\s._@-]+/)
    .filter((word) => /^[\p{L}\p{N}]/u.test(word))
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? '')
    .join('') || '?';
