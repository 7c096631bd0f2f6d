// What is not told any more, since somebody dismissed its like; an operator may revoke it.
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { getJson, postJson } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import type { Suppression, Suppressions } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { Confirm } from '../../design/dialog.tsx';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Table } from '../../design/table.tsx';
import { Time } from '../../design/time.tsx';
import { toast, toastError } from '../../design/toast.tsx';
import { detectorInWords } from '../../response/finding-words.ts';
import styles from './findings.module.css';

const suppressionsQuery = queryOptions({
  queryKey: ['suppressions'],
  queryFn: ({ signal }) => getJson<Suppressions>('/api/v1/suppressions', {}, signal),
});

export function SuppressionsPanel(): ReactElement {
  const may = useMay('operator');
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(suppressionsQuery);
  const [asking, setAsking] = useState<Suppression>();
  const revoke = useMutation({
    mutationFn: (id: string) => postJson<Suppression>(`/api/v1/suppressions/${encodeURIComponent(id)}/revoke`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: suppressionsQuery.queryKey });
      toast('Revoked', { text: 'Findings like these are told again.' });
    },
    onError: toastError('Not revoked'),
  });
  return (
    <Panel flush>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading what="The suppressions load" />
      ) : (
        <Table
          caption="Suppressions"
          items={data.items}
          keyOf={({ id }) => id}
          empty={
            <EmptyState icon="findings" title="Everything is told">
              Whoever dismisses a finding may have its like not told for a time. Such suppressions stand here.
            </EmptyState>
          }
          columns={[
            { title: 'Not told', cell: (item) => <Scope suppression={item} /> },
            {
              title: 'Why',
              cell: ({ reason, finding }) => (
                <span className={styles.why}>
                  <SafeText text={reason} most={300} />
                  {finding !== undefined && (
                    <Link to="/findings/$id" params={{ id: finding }}>
                      the finding
                    </Link>
                  )}
                </span>
              ),
            },
            { title: 'By', cell: ({ by }) => <SafeText text={by.name} most={80} />, optional: true },
            { title: 'Ends', cell: ({ expires }) => <Time time={expires} show="ago" />, width: 100 },
            ...(may
              ? [
                  {
                    title: 'Act',
                    cell: (item: Suppression) => (
                      <Button
                        size="small"
                        busy={revoke.isPending && revoke.variables === item.id}
                        onClick={() => setAsking(item)}
                      >
                        Revoke…
                      </Button>
                    ),
                    width: 96,
                  },
                ]
              : []),
          ]}
        />
      )}
      {asking && (
        <Confirm
          title="Revoke this suppression?"
          act="Revoke"
          kind="primary"
          onClose={() => setAsking(undefined)}
          onConfirm={() => {
            revoke.mutate(asking.id);
            setAsking(undefined);
          }}
        >
          <p>What it covers is told again, and alerts go out for it:</p>
          <Scope suppression={asking} />
        </Confirm>
      )}
    </Panel>
  );
}

function Scope({ suppression }: { suppression: Suppression }): ReactElement {
  const { detector, identity, connection, family, operation } = suppression;
  const parts = { identity, connection, family, operation };
  return (
    <span className="row wrap">
      {detector && <Badge>{detectorInWords(detector)}</Badge>}
      {Object.entries(parts).map(
        ([name, value]) =>
          value !== undefined && (
            <span key={name}>
              <span className="quiet">{name}</span> <SafeText text={value} most={120} />
            </span>
          ),
      )}
    </span>
  );
}
