// The frame around every page: navigation, top bar, palette, help, toasts, tooltips, and what the keyboard does everywhere.
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { type ReactElement, Suspense, useEffect, useRef, useState } from 'react';
import { readyQuery } from '../api/queries.ts';
import { Dot } from '../design/badge.tsx';
import { IconButton } from '../design/button.tsx';
import { KeyHint } from '../design/copy-button.tsx';
import { Icon } from '../design/icons.tsx';
import { ToastLayer } from '../design/toast.tsx';
import { TooltipLayer } from '../design/tooltip.tsx';
import { KeyboardHelp } from './keyboard-help.tsx';
import { BottomBar, Brand, Drawer, Navigation } from './navigation.tsx';
import { PagePending } from './page-states.tsx';
import { Palette } from './palette.tsx';
import { PLACES } from './places.ts';
import styles from './shell.module.css';
import { listenForShortcuts, useShortcut } from './shortcuts.ts';
import { UserMenu } from './user-menu.tsx';

export function Shell(): ReactElement {
  const [open, setOpen] = useState<'palette' | 'help' | 'drawer'>();
  const close = (): void => setOpen(undefined);
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useEffect(listenForShortcuts, []);
  useShortcut('Mod k', 'Command palette', () => setOpen((was) => (was === 'palette' ? undefined : 'palette')), {
    group: 'Everywhere',
  });
  useShortcut('?', 'This list', () => setOpen('help'), { group: 'Everywhere' });
  // The page is another one: whoever reads by ear begins at its top.
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== path) main.current?.focus({ preventScroll: true });
    before.current = path;
  }, [path]);
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        Skip to the page
      </a>
      <nav className={styles.side} aria-label="Home">
        <Brand />
      </nav>
      <header className={styles.top}>
        <span className={styles.burger}>
          <IconButton icon="menu" label="Navigation" onClick={() => setOpen('drawer')} />
        </span>
        <button type="button" className={styles.seek} aria-haspopup="dialog" onClick={() => setOpen('palette')}>
          <Icon name="search" size={14} />
          <span className="truncate">Search or go to…</span>
          <KeyHint keys="Mod K" quiet />
        </button>
        <span className={styles.grow} />
        <Health />
        <UserMenu onHelp={() => setOpen('help')} />
      </header>
      <div className={styles.side}>
        <Navigation />
      </div>
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        <Suspense fallback={<PagePending />}>
          <Outlet />
        </Suspense>
      </main>
      <BottomBar onMore={() => setOpen('drawer')} />
      <GoKeys />
      {open === 'palette' && <Palette onClose={close} />}
      {open === 'help' && <KeyboardHelp onClose={close} />}
      {open === 'drawer' && <Drawer onClose={close} />}
      <ToastLayer />
      <TooltipLayer />
    </div>
  );
}

function GoKeys(): ReactElement {
  return (
    <>
      {PLACES.map((place) => (
        <GoKey key={place.to} {...place} />
      ))}
    </>
  );
}

function GoKey({ to, label, keys }: (typeof PLACES)[number]): null {
  const navigate = useNavigate();
  useShortcut(
    keys,
    `Go to ${label === 'Agents and people' ? 'agents and people' : label.toLowerCase()}`,
    () => void navigate({ to }),
    { group: 'Go' },
  );
  return null;
}

/** Whether the gateway serves, from any page; it leads to where the details are. */
function Health(): ReactElement {
  const { data, isError, isPending } = useQuery(readyQuery);
  const reasons = data?.reasons ?? [];
  const [tone, word, tip] = isPending
    ? (['grey', 'Asking', 'Asking the gateway'] as const)
    : isError
      ? (['red', 'No answer', 'The gateway does not answer'] as const)
      : reasons.length > 0
        ? (['red', 'Not ready', reasons.join('\n')] as const)
        : (['green', 'Ready', 'The gateway serves calls'] as const);
  return (
    <Link to="/connections" className={styles.health} data-tip={tip} aria-label={`Gateway: ${word}`}>
      <Dot tone={tone} />
      <span>{word}</span>
    </Link>
  );
}
