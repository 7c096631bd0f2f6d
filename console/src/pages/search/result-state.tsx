// What is said of a result: how much was found, and what stands in place of a table.
import type { ReactElement } from 'react';
import { Status } from '../../design/badge.tsx';
import { count } from '../../design/format.ts';
import { hasTime } from '../../design/query-text.ts';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import type { useLive } from './live.ts';

export function ResultBody({
  known,
  error,
  loading,
  live,
  q,
  onRetry,
  children,
}: {
  known: number;
  error: unknown;
  loading: boolean;
  live: boolean;
  q: string;
  onRetry: () => void;
  children: ReactElement;
}): ReactElement {
  if (known > 0) return children;
  if (error !== undefined) return <ErrorState error={error} onRetry={onRetry} />;
  if (loading && !live) return <Loading rows={12} what="Searching" />;
  if (live) {
    return (
      <EmptyState icon="clock" title="Waiting for calls">
        What matches appears here as it is recorded.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing matches">
      {q === '' ? (
        'Nothing has been recorded yet. Point an agent at the gateway, and its calls appear here.'
      ) : hasTime(q) ? (
        'Look at a longer time, or take a term away.'
      ) : (
        <>
          A query finds exchanges; other entries are found by <code>kind:</code>, for example <code>kind:audit.*</code>.
        </>
      )}
    </EmptyState>
  );
}

export function Found({
  live,
  known,
  more,
  matched,
  loading,
  tail,
  paused,
}: {
  live: boolean;
  known: number;
  more: boolean;
  matched: number | undefined;
  loading: boolean;
  tail: ReturnType<typeof useLive>;
  paused: boolean;
}): ReactElement {
  if (live) {
    const words = {
      connecting: 'Connecting',
      live: paused ? 'Held while an exchange is chosen' : 'Following',
      waiting: 'Connecting again',
      ended: 'Ended',
    };
    return (
      <span role="status">
        <Status
          tone={tail.state === 'live' ? (paused ? 'amber' : 'green') : tail.state === 'ended' ? 'red' : 'grey'}
          live={tail.state === 'live' && !paused}
        >
          {words[tail.state]}
          {tail.missed > 0 && `, ${count(tail.missed)} missed: too many to show`}
        </Status>
      </span>
    );
  }
  const words =
    known === 0
      ? loading
        ? 'Searching…'
        : 'No matches'
      : !more
        ? `${count(known)} ${known === 1 ? 'match' : 'matches'}`
        : matched !== undefined
          ? `${count(Math.max(matched, known))} matches`
          : `${count(known)} and more`;
  return <strong role="status">{words}</strong>;
}
