// The navigation: at the side, at the foot of a narrow window, and in its drawer.
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { KeyHint } from '../design/copy-button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Icon, Mark } from '../design/icons.tsx';
import { WaitingCount } from '../people/waiting-count.tsx';
import { PLACES } from './places.ts';
import styles from './shell.module.css';

export function Navigation({ onGo, withKeys }: { onGo?: () => void; withKeys?: boolean }): ReactElement {
  return (
    <nav className={styles.nav} aria-label="Main">
      {PLACES.map(({ to, label, icon, keys }) => (
        <Link
          key={to}
          to={to}
          className={styles.link}
          activeOptions={{ exact: to === '/', includeSearch: false }}
          onClick={() => onGo?.()}
        >
          <Icon name={icon} />
          <span>{label}</span>
          {to === '/agents' && <WaitingCount />}
          {withKeys && <KeyHint keys={keys} quiet />}
        </Link>
      ))}
    </nav>
  );
}

export const Brand = (): ReactElement => (
  <Link to="/" className={styles.brand} aria-label="Dogwatch, overview">
    <Mark />
    Dogwatch
  </Link>
);

/** The places that are wanted on the go; the rest is in the drawer. */
export function BottomBar({ onMore }: { onMore: () => void }): ReactElement {
  return (
    <nav className={styles.bottom} aria-label="Quick">
      {PLACES.filter(({ to }) => to === '/' || to === '/search' || to === '/findings').map(({ to, label, icon }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
          <Icon name={icon} />
          {label}
        </Link>
      ))}
      <button type="button" onClick={onMore} aria-haspopup="dialog">
        <Icon name="menu" />
        More
      </button>
    </nav>
  );
}

export function Drawer({ onClose }: { onClose: () => void }): ReactElement {
  return (
    <Dialog title="Navigation" drawer onClose={onClose}>
      <Brand />
      <Navigation onGo={onClose} />
    </Dialog>
  );
}
