// Where alerts go, and what became of the latest ones.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { postJson } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import type { Alerts, Delivery } from '../../api/types.ts';
import { Badge, Severity } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { count } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Table } from '../../design/table.tsx';
import { toast, toastError } from '../../design/toast.tsx';
import { alertsQuery, DeliveryBadge, DeliveryFate, RetryButton } from '../../response/deliveries.tsx';
import { detectorInWords } from '../../response/finding-words.ts';
import styles from './findings.module.css';

export function AlertsPanel(): ReactElement {
  const may = useMay('operator');
  const { data, error, refetch } = useQuery(alertsQuery);
  if (error)
    return (
      <Panel>
        <ErrorState error={error} onRetry={() => void refetch()} />
      </Panel>
    );
  if (data === undefined)
    return (
      <Panel>
        <Loading what="The alerts load" />
      </Panel>
    );
  return (
    <div className="stack">
      <Panel title="Routes" note={count(data.routes.length)} flush>
        <Table
          caption="Routes of alerts"
          items={data.routes}
          keyOf={({ name }) => name}
          empty={
            <EmptyState icon="bolt" title="Nobody is told of findings">
              Findings stand here, and no message goes out. Routes to chat, pagers, mail, webhooks and more are named
              under alerts.routes in the configuration.
            </EmptyState>
          }
          columns={[
            { title: 'Route', cell: ({ name }) => <b>{<SafeText text={name} />}</b> },
            {
              title: 'Goes to',
              cell: ({ to, where }) => (
                <>
                  {to} <span className="quiet">{<SafeText text={where} most={120} />}</span>
                </>
              ),
            },
            { title: 'Of', cell: (route) => <Match match={route.match} />, optional: true },
            ...(may
              ? [{ title: 'Act', cell: (route: Alerts['routes'][number]) => <TryIt route={route.name} />, width: 96 }]
              : []),
          ]}
        />
      </Panel>
      {data.routes.length + data.deliveries.length > 0 && (
        <Panel title="Messages" note={count(data.deliveries.length)} flush>
          <Table
            caption="Messages about findings"
            items={data.deliveries}
            keyOf={({ id }) => id}
            empty={<EmptyState small title="None has been sent yet" />}
            columns={[
              { title: 'State', cell: ({ state }) => <DeliveryBadge state={state} />, width: 96 },
              { title: 'Message', cell: (delivery) => <Message delivery={delivery} /> },
              { title: 'Route', cell: ({ route }) => <SafeText text={route} />, optional: true, width: 140 },
              { title: 'What became of it', cell: (delivery) => <DeliveryFate delivery={delivery} />, optional: true },
              ...(may
                ? [
                    {
                      title: 'Act',
                      cell: (delivery: Delivery) => <RetryButton delivery={delivery} />,
                      width: 110,
                    },
                  ]
                : []),
            ]}
          />
        </Panel>
      )}
    </div>
  );
}

function Match({ match }: { match: Alerts['routes'][number]['match'] }): ReactElement {
  const rest = [
    ...(match.detectors ?? []).map(detectorInWords),
    ...(match.identities ?? []),
    ...(match.connections ?? []),
  ];
  return (
    <span className="row wrap">
      <Severity level={match.severity} /> <span className="quiet">and above</span>
      {[...new Set(rest)].map((each) => (
        <Badge key={each}>
          <SafeText text={each} most={60} />
        </Badge>
      ))}
    </span>
  );
}

function Message({ delivery: { event, finding, title, severity } }: { delivery: Delivery }): ReactElement {
  return (
    <span className={styles.why}>
      <span className="row">
        {event !== 'test' && <Severity level={severity} quiet />}
        <span className="quiet">{event}</span>
      </span>
      {finding === undefined ? (
        <SafeText text={title} most={200} />
      ) : (
        <Link to="/findings/$id" params={{ id: finding }}>
          <SafeText text={title} most={200} />
        </Link>
      )}
    </span>
  );
}

function TryIt({ route }: { route: string }): ReactElement {
  const client = useQueryClient();
  const attempt = useMutation({
    mutationFn: () => postJson<Delivery>(`/api/v1/alerts/${encodeURIComponent(route)}/test`),
    onSuccess: async ({ state, problem }) => {
      await client.invalidateQueries({ queryKey: alertsQuery.queryKey });
      if (state === 'delivered') toast('The test message was delivered');
      else toast('The test message did not arrive', { kind: 'bad', text: problem });
    },
    onError: toastError('Not tried'),
  });
  return (
    <Button size="small" busy={attempt.isPending} onClick={() => attempt.mutate()}>
      Try it
    </Button>
  );
}
