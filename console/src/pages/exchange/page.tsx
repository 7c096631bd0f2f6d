// One exchange: who, what, the verdict, the bodies, the change, the proof.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, type ReactElement, Suspense } from 'react';
import { getText } from '../../api/client.ts';
import { exchangeQuery } from '../../api/queries.ts';
import type { Exchange } from '../../api/types.ts';
import { buttonClass } from '../../design/button.tsx';
import { CopyableId, CopyButton } from '../../design/copy-button.tsx';
import { Page, Panel } from '../../design/panel.tsx';
import {
  ActionTag,
  HttpStatus,
  IdentityChip,
  OutcomeStatus,
  operationInWords,
  ResourceName,
} from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { type Tab, Tabs } from '../../design/tabs.tsx';
import { Time } from '../../design/time.tsx';
import { useShortcut } from '../../shell/shortcuts.ts';
import { BodyPanel } from './body-panel.tsx';
import styles from './exchange.module.css';
import { Neighbours, useNeighbours } from './neighbours.tsx';
import { Timing } from './timing.tsx';
import { VerdictPanel, WhoPanel } from './who-panel.tsx';

// What compares and what proves is code of its own: who looks at a body needs neither.
const ChangePanel = lazy(() => import('./change-panel.tsx').then(({ ChangePanel: panel }) => ({ default: panel })));
const ProofPanel = lazy(() => import('./proof-panel.tsx').then(({ ProofPanel: panel }) => ({ default: panel })));

type TabId = 'change' | 'request' | 'response' | 'proof';

export function ExchangePage(): ReactElement {
  const { id } = useParams({ from: '/inside/exchange/$id' });
  const { data, error, refetch } = useQuery(exchangeQuery(id));
  if (error)
    return (
      <Page title="Exchange">
        <ErrorState error={error} onRetry={() => void refetch()} />
      </Page>
    );
  if (data === undefined)
    return (
      <Page title="Exchange">
        <Panel>
          <Loading rows={8} what="The exchange loads" />
        </Panel>
      </Page>
    );
  return <Shown key={data.id} exchange={data} />;
}

function Shown({ exchange }: { exchange: Exchange }): ReactElement {
  const { classification, identity, receivedAt, outcome, response, id, session } = exchange;
  const search = useSearch({ from: '/inside/exchange/$id' });
  const navigate = useNavigate({ from: '/exchange/$id' });
  const tabs: Tab<TabId>[] = [
    ...(exchange.changes === undefined ? [] : [{ id: 'change' as const, label: 'Change' }]),
    { id: 'request', label: 'Request' },
    { id: 'response', label: 'Response' },
    { id: 'proof', label: 'Proof' },
  ];
  const tab =
    tabs.find((each) => each.id === search.tab)?.id ?? (exchange.changes === undefined ? 'response' : 'change');
  const choose = (next: string): void =>
    void navigate({ search: (now) => ({ ...now, tab: next }), replace: true, resetScroll: false });
  const around = useNeighbours(exchange);
  const go = (to: string | undefined): void => {
    if (to !== undefined) void navigate({ to: '/exchange/$id', params: { id: to }, search: (now) => now });
  };
  useShortcut('k', 'Previous call of the session', () => go(around.previous?.id));
  useShortcut('j', 'Next call of the session', () => go(around.next?.id));
  useShortcut('s', 'The session', () => void navigate({ to: '/session/$id', params: { id: session } }));

  const words = operationInWords(classification.operation);
  return (
    <Page
      title={words}
      heading={
        <span className={styles.heading}>
          <span className={styles.words}>{words}</span>
          <span className={styles.aside}>
            <ActionTag action={classification.action} />
            {response && <HttpStatus status={response.status} />}
          </span>
        </span>
      }
      lead={
        <span className={styles.lead}>
          {identity ? <IdentityChip identity={identity} /> : <span>nobody who was identified</span>}
          <Time time={receivedAt} ms />
          <OutcomeStatus outcome={outcome} />
          <CopyableId id={id} what="exchange id" short />
        </span>
      }
      actions={<Copies exchange={exchange} />}
    >
      {exchange.error && (
        <p className={styles.notice} role="note">
          <strong>
            <SafeText text={exchange.error.code} />
          </strong>{' '}
          <SafeText text={exchange.error.message} />
        </p>
      )}
      {(exchange.erasures?.length ?? 0) > 0 && <Erasures exchange={exchange} />}
      <div className={styles.columns}>
        <div className="stack">
          {exchange.resources.length > 0 && (
            <Panel title={exchange.resources.length === 1 ? 'Resource' : 'Resources'} flush>
              <ul className={styles.resources}>
                {exchange.resources.map((resource) => (
                  <li key={`${resource.kind}/${resource.id}`}>
                    <Link to="/resource/$kind/$id" params={{ kind: resource.kind, id: resource.id }}>
                      <ResourceName resource={resource} titleFirst />
                    </Link>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          <Asked exchange={exchange} />
          <Tabs label="What was recorded" tabs={tabs} value={tab} onChange={choose}>
            <div className={styles.tab}>
              <Suspense fallback={<Loading what="It loads" />}>
                {tab === 'change' && <ChangePanel exchange={exchange} />}
                {tab === 'request' && <BodyPanel exchange={exchange} direction="request" />}
                {tab === 'response' && <BodyPanel exchange={exchange} direction="response" />}
                {tab === 'proof' && <ProofPanel exchange={exchange} />}
              </Suspense>
            </div>
          </Tabs>
        </div>
        <div className="stack">
          <WhoPanel exchange={exchange} />
          <VerdictPanel exchange={exchange} />
          <Timing exchange={exchange} />
          <Neighbours exchange={exchange} around={around} />
        </div>
      </div>
    </Page>
  );
}

/** What was asked for: metrics and queries. */
function Asked({ exchange }: { exchange: Exchange }): ReactElement | null {
  const { asked } = exchange.classification;
  const metrics = asked.metrics ?? [];
  const queries = asked.queries ?? [];
  if (metrics.length === 0 && queries.length === 0) return null;
  return (
    <Panel title="Asked for">
      <div className="stack">
        {metrics.length > 0 && (
          <div className="row wrap">
            {metrics.map((metric) => (
              <Link key={metric} to="/search" search={{ q: `metric:${quoted(metric)}` }} className={styles.metric}>
                <SafeText text={metric} />
              </Link>
            ))}
          </div>
        )}
        {queries.map((query) => (
          <code key={query} className={styles.query}>
            <SafeText text={query} />
          </code>
        ))}
      </div>
    </Panel>
  );
}

const quoted = (text: string): string => (/^[\w.*/-]+$/.test(text) ? text : JSON.stringify(text));

function Copies({ exchange }: { exchange: Exchange }): ReactElement {
  const path = `/api/v1/exchanges/${encodeURIComponent(exchange.id)}`;
  return (
    <>
      <CopyButton
        word="curl"
        label="Copy the request as a curl command"
        size="medium"
        text={() => getText(`${path}/curl`)}
      />
      <CopyButton word="HAR" label="Copy the exchange as HAR" size="medium" text={() => getText(`${path}/har`)} />
      <CopyButton
        word="JSON"
        label="Copy the exchange as JSON"
        size="medium"
        text={async () => JSON.stringify(exchange, undefined, 2)}
      />
      <Link to="/session/$id" params={{ id: exchange.session }} className={buttonClass()}>
        Session
      </Link>
    </>
  );
}

function Erasures({ exchange }: { exchange: Exchange }): ReactElement {
  return (
    <div className={styles.notice} role="note">
      {exchange.erasures?.map(({ leaf, parts, time, by, why }) => (
        <p key={leaf}>
          <strong>Erased:</strong> {parts.join(', ')}, <Time time={time} /> by <SafeText text={by} />:{' '}
          <SafeText text={why} />
        </p>
      ))}
    </div>
  );
}
