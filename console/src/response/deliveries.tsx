// Messages about findings: where they went, and what became of each; one that was given up, or waits, can be sent again.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { getJson, postJson } from '../api/client.ts';
import type { Alerts, Delivery } from '../api/types.ts';
import { Badge, type Tone } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { plural } from '../design/format.ts';
import { SafeText } from '../design/safe-text.tsx';
import { Time } from '../design/time.tsx';
import { toast, toastError } from '../design/toast.tsx';

export const alertsQuery = queryOptions({
  queryKey: ['alerts'],
  refetchInterval: 15_000,
  queryFn: ({ signal }) => getJson<Alerts>('/api/v1/alerts', {}, signal),
});

const STATES: Readonly<Record<Delivery['state'], readonly [Tone, string]>> = {
  delivered: ['green', 'delivered'],
  pending: ['blue', 'under way'],
  dead: ['red', 'given up'],
};

export const DeliveryBadge = ({ state }: { state: Delivery['state'] }): ReactElement => (
  <Badge tone={STATES[state][0]}>{STATES[state][1]}</Badge>
);

/** What became of one, in a sentence. */
export function DeliveryFate({ delivery }: { delivery: Delivery }): ReactElement {
  const { state, attempts, next, ended, problem } = delivery;
  return (
    <span className="quiet">
      {state === 'pending' ? (
        <>
          {attempts === 0 ? 'about to be sent' : `${plural(attempts, 'attempt')} failed`}
          {next !== undefined && attempts > 0 && (
            <>
              , next one <Time time={next} show="ago" />
            </>
          )}
        </>
      ) : (
        <>
          {state === 'dead'
            ? `after ${plural(attempts, 'attempt')}`
            : attempts > 1
              ? `at the ${attempts}. attempt`
              : ''}{' '}
          {ended !== undefined && <Time time={ended} show="ago" />}
        </>
      )}
      {problem !== undefined && state !== 'delivered' && (
        <>
          : <SafeText text={problem} most={300} />
        </>
      )}
    </span>
  );
}

/** Offered to operators, for what did not arrive. */
export function RetryButton({ delivery }: { delivery: Delivery }): ReactElement | null {
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: () => postJson<Delivery>(`/api/v1/alerts/deliveries/${encodeURIComponent(delivery.id)}/retry`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: alertsQuery.queryKey });
      toast('It is sent again');
    },
    onError: toastError('Not sent again'),
  });
  if (delivery.state === 'delivered') return null;
  return (
    <Button size="small" busy={retry.isPending} onClick={() => retry.mutate()}>
      Send again
    </Button>
  );
}
