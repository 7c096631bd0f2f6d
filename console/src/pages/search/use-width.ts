// The width of the window, in steps that a page cares about.
import { useSyncExternalStore } from 'react';

export const useWidth = (): number =>
  useSyncExternalStore(
    (listener) => {
      addEventListener('resize', listener);
      return () => removeEventListener('resize', listener);
    },
    () => innerWidth,
  );
