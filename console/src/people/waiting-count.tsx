// How many calls wait for leave, beside their place in the navigation.
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useMay } from '../api/session.ts';
import { Badge } from '../design/badge.tsx';
import { count, plural } from '../design/format.ts';
import { approvalsQuery } from './questions.ts';

/** How many calls wait; nothing when none does, and for those who may not know. */
export function WaitingCount(): ReactElement | null {
  const may = useMay('operator');
  const { data } = useQuery({ ...approvalsQuery, enabled: may });
  const waiting = data?.filter(({ state }) => state === 'pending').length ?? 0;
  if (waiting === 0) return null;
  return (
    <div>
      <Badge tone="amber" tip={`${plural(waiting, 'call waits', 'calls wait')} for approval`}>
        {count(waiting)}
        <span className="visually-hidden"> waiting for approval</span>
      </Badge>
    </div>
  );
}
