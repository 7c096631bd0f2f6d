// What an identity may still do: whether it is revoked, how it is contained, and how either ends.
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useMay } from '../../api/session.ts';
import { Badge } from '../../design/badge.tsx';
import { Panel } from '../../design/panel.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { revocationsQuery } from '../../people/questions.ts';
import { barredBy, LiftButton } from '../../people/revocations.tsx';
import { ContainmentItem, containmentsQuery } from '../../response/containment.tsx';
import styles from './agent.module.css';

export function BoundsPanel({ issuer, subject }: { issuer: string; subject: string }): ReactElement {
  const operator = useMay('operator');
  const admin = useMay('admin');
  const revocations = useQuery(revocationsQuery);
  const containments = useQuery(containmentsQuery);
  const error = revocations.error ?? containments.error;
  const barred = barredBy(revocations.data ?? [], issuer, subject);
  const bounds = (containments.data?.items ?? []).filter(({ identity }) => identity === `${issuer}#${subject}`);
  const retry = (): void => {
    void revocations.refetch();
    void containments.refetch();
  };
  return (
    <Panel title="What it may still do" flush>
      {error ? (
        <ErrorState error={error} onRetry={retry} small />
      ) : !revocations.data || !containments.data ? (
        <Loading rows={2} what="Bounds load" />
      ) : barred === undefined && bounds.length === 0 ? (
        <EmptyState small title="It is not bound">
          It may do what the policy allows to its groups.
        </EmptyState>
      ) : (
        <ul className={styles.items}>
          {barred && (
            <li>
              <div className="spread">
                <span className="row wrap">
                  <Badge tone="red">revoked</Badge>
                  {barred.by === 'issuer' && <span className="quiet">with all of its issuer</span>}
                </span>
                {admin && <LiftButton revocation={barred} />}
              </div>
              <p className="quiet">
                None of its requests gets in, since <Time time={barred.at} show="ago" />
                {barred.until === undefined ? '; until it is lifted.' : '.'}
              </p>
            </li>
          )}
          {bounds.map((containment) => (
            <li key={containment.id}>
              <ContainmentItem containment={containment} may={operator} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
