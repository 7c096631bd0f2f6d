// What is revoked: tokens, sessions, identities and issuers that get nothing through any more. Admins lift it.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useMay } from '../../api/session.ts';
import { Badge } from '../../design/badge.tsx';
import { count } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { type Column, Table } from '../../design/table.tsx';
import { Time } from '../../design/time.tsx';
import { revocationsQuery } from '../../people/questions.ts';
import { LiftButton, type Revocation, revokedKind } from '../../people/revocations.tsx';

export function Revoked(): ReactElement {
  const admin = useMay('admin');
  const { data, error, refetch } = useQuery(revocationsQuery);
  const columns: Column<Revocation>[] = [
    { title: 'What', cell: (each) => <Badge tone="red">{revokedKind(each)}</Badge>, width: 96 },
    { title: 'Which', cell: (each) => <Which revocation={each} /> },
    { title: 'Since', cell: ({ at }) => <Time time={at} show="ago" />, width: 116 },
    {
      title: 'Ends',
      cell: ({ until }) =>
        until === undefined ? <span className="quiet">when it is lifted</span> : <Time time={until} show="ago" />,
      width: 140,
      optional: true,
    },
    ...(admin ? [{ title: 'Acts', cell: (each: Revocation) => <LiftButton revocation={each} />, width: 90 }] : []),
  ];
  return (
    <Panel title="Revoked" note={data && data.length > 0 ? count(data.length) : undefined} flush>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading rows={3} what="Revocations load" />
      ) : (
        <Table
          caption="What is revoked"
          columns={columns}
          items={data.toSorted((a, b) => b.at - a.at)}
          keyOf={({ by, key }) => `${by} ${key}`}
          empty={
            <EmptyState icon="shield" title="Nothing is revoked">
              Whoever is revoked is refused from the next request on. An identity is revoked from its own page.
            </EmptyState>
          }
        />
      )}
    </Panel>
  );
}

function Which({ revocation: { by, key } }: { revocation: Revocation }): ReactElement {
  const text = (
    <span className="mono">
      <SafeText text={key} most={200} />
    </span>
  );
  if (by === 'identity')
    return (
      <Link to="/agents/$id" params={{ id: key }}>
        {text}
      </Link>
    );
  if (by === 'session')
    return (
      <Link to="/session/$id" params={{ id: key }}>
        {text}
      </Link>
    );
  return text;
}
