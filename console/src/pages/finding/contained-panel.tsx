// What is put upon the identity and the session of the finding now.
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useMay } from '../../api/session.ts';
import { Panel } from '../../design/panel.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { ContainmentItem, type ContainTarget, containmentsQuery } from '../../response/containment.tsx';
import styles from './finding.module.css';

export function ContainedPanel({ target }: { target: ContainTarget }): ReactElement {
  const may = useMay('operator');
  const { data, error } = useQuery(containmentsQuery);
  const own =
    data?.items.filter(
      ({ identity, session }) =>
        (identity !== undefined && identity === target.identity?.id) ||
        (session !== undefined && session === target.session),
    ) ?? [];
  return (
    <Panel title="Containment" flush>
      {error ? (
        <ErrorState error={error} small />
      ) : data === undefined ? (
        <Loading rows={2} />
      ) : own.length === 0 ? (
        <EmptyState small title="Nothing is put upon it">
          {may ? 'Contain throttles it, lets it read only, or stops it.' : 'Containing needs the role operator.'}
        </EmptyState>
      ) : (
        <ul>
          {own.map((item) => (
            <li key={item.id} className={styles.delivery}>
              <ContainmentItem containment={item} may={may} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
