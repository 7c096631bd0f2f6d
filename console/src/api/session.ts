// Who is signed in, for components: `useSession()` inside the shell is never null, and `useMay('admin')` says what may be offered.
import { useSuspenseQuery } from '@tanstack/react-query';
import { sessionQuery } from './queries.ts';
import type { AuthSession, Role } from './types.ts';

/** The session; the shell shows no page without one. */
export function useSession(): AuthSession {
  const { data } = useSuspenseQuery(sessionQuery);
  if (data === null) throw new Error('nobody is signed in');
  return data;
}

/** Whether the person has the role. What it may not do is not offered; the API refuses it all the same. */
export const useMay = (role: Role): boolean => useSession().roles.includes(role);
