// Whoever is contained now, and their release.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useMay } from '../../api/session.ts';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { ContainmentItem, containmentsQuery } from '../../response/containment.tsx';
import styles from './findings.module.css';

export function ContainedPanel(): ReactElement {
  const may = useMay('operator');
  const { data, error, refetch } = useQuery(containmentsQuery);
  return (
    <Panel flush>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading what="The containments load" />
      ) : data.items.length === 0 ? (
        <EmptyState icon="shield" title="Nobody is contained">
          A finding offers to throttle, bound or stop the identity or session that it is about.
        </EmptyState>
      ) : (
        <ul>
          {data.items.map((item) => (
            <li key={item.id} className={styles.contained}>
              <div className="row wrap">
                {item.identity === undefined ? (
                  <Link to="/session/$id" params={{ id: item.session ?? '' }} className="mono">
                    <SafeText text={item.session ?? ''} most={120} />
                  </Link>
                ) : (
                  <Link to="/agents/$id" params={{ id: item.identity }} className="mono">
                    <SafeText text={item.identity} most={200} />
                  </Link>
                )}
                {item.finding !== undefined && (
                  <Link to="/findings/$id" params={{ id: item.finding }}>
                    the finding
                  </Link>
                )}
              </div>
              <ContainmentItem containment={item} may={may} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
