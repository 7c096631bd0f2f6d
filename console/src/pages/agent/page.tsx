// One identity: what it usually does and when, its sessions and tokens, findings about it, and what it may still do.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { useMay } from '../../api/session.ts';
import type { SeenIdentity } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { Button, buttonClass } from '../../design/button.tsx';
import { CopyableId } from '../../design/copy-button.tsx';
import { plural } from '../../design/format.ts';
import { visible } from '../../design/hostile.ts';
import { Facts, Page, Panel } from '../../design/panel.tsx';
import { quoteValue } from '../../design/query-text.ts';
import { IdentityChip } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading, NoPermission } from '../../design/states.tsx';
import { Segments } from '../../design/tabs.tsx';
import { Time } from '../../design/time.tsx';
import { ApprovalsPanel } from '../../people/approvals.tsx';
import {
  identitiesQuery,
  revocationsQuery,
  SERVICE_ACCOUNTS,
  SPANS,
  type SpanId,
  spanOf,
} from '../../people/questions.ts';
import { barredBy, RevokeButton } from '../../people/revocations.tsx';
import { ContainDialog } from '../../response/containment.tsx';
import styles from './agent.module.css';
import { BoundsPanel } from './bounds-panel.tsx';
import { FindingsPanel } from './findings-panel.tsx';
import { HoursPanel } from './hours-panel.tsx';
import { SessionsPanel } from './sessions-panel.tsx';
import { TokensPanel } from './tokens-panel.tsx';
import { UsualPanel } from './usual-panel.tsx';

export function AgentPage(): ReactElement {
  const { id } = useParams({ from: '/inside/agents/$id' });
  const { since } = useSearch({ from: '/inside/agents/$id' });
  const auditor = useMay('auditor');
  const at = id.indexOf('#');
  if (!auditor)
    return (
      <Page title="Identity">
        <NoPermission needs="auditor" what="Seeing who calls" />
      </Page>
    );
  if (at < 1 || at === id.length - 1)
    return (
      <Page title="Identity">
        <EmptyState icon="agents" title="This names no identity">
          The address of an identity ends in its issuer, # and its subject.
        </EmptyState>
      </Page>
    );
  return <Known key={id} issuer={id.slice(0, at)} subject={id.slice(at + 1)} span={spanOf(since)} />;
}

function Known({ issuer, subject, span }: { issuer: string; subject: string; span: SpanId }): ReactElement {
  const id = `${issuer}#${subject}`;
  const navigate = useNavigate({ from: '/agents/$id' });
  const { data, error, refetch } = useQuery(identitiesQuery(span, id));
  const seen = data?.items[0];
  const name = seen?.identity.name ?? subject;
  const q = `subject:${quoteValue(subject)} issuer:${quoteValue(issuer)}`;
  return (
    <Page
      title={visible(name)}
      heading={seen ? <IdentityChip identity={seen.identity} /> : <SafeText text={name} most={200} />}
      lead={<Lead seen={seen} issuer={issuer} subject={subject} />}
      actions={<Acts issuer={issuer} subject={subject} name={name} q={`${q} since:${span}`} />}
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Panel>
          <Loading rows={8} what="The identity loads" />
        </Panel>
      ) : (
        <div className="stack">
          {seen === undefined && (
            <Panel>
              <EmptyState icon="agents" title="It was never seen here" small>
                No call and no sign-in of this identity is recorded. It can be revoked all the same, before it comes.
              </EmptyState>
            </Panel>
          )}
          <ApprovalsPanel identity={id} />
          <div className={styles.columns}>
            <div className="stack">
              {seen && (
                <>
                  <div className={styles.figures}>
                    <Numbers seen={seen} q={q} span={span} />
                    <Segments
                      label="Counted over"
                      options={SPANS}
                      value={span}
                      onChange={(next) =>
                        void navigate({
                          search: next === '7d' ? {} : { since: next },
                          replace: true,
                          resetScroll: false,
                        })
                      }
                    />
                  </div>
                  <UsualPanel q={q} span={span} />
                  <HoursPanel q={q} />
                  <SessionsPanel q={q} />
                </>
              )}
            </div>
            <div className="stack">
              <BoundsPanel issuer={issuer} subject={subject} />
              <FindingsPanel identity={id} />
              {issuer === SERVICE_ACCOUNTS && <TokensPanel name={subject} />}
              <IdentityPanel issuer={issuer} subject={subject} seen={seen} />
            </div>
          </div>
        </div>
      )}
    </Page>
  );
}

const WORDS = { agent: 'AI agent', workload: 'workload', person: 'person' } as const;

function Lead({
  seen,
  issuer,
  subject,
}: {
  seen: SeenIdentity | undefined;
  issuer: string;
  subject: string;
}): ReactElement {
  const revocations = useQuery(revocationsQuery);
  const barred = barredBy(revocations.data ?? [], issuer, subject);
  return (
    <span className="row wrap">
      {barred && <Badge tone="red">revoked</Badge>}
      {seen && (
        <>
          {seen.identity.kind && <span>{WORDS[seen.identity.kind]},</span>}
          <span>
            last seen <Time time={seen.last} show="ago" />
          </span>
        </>
      )}
    </span>
  );
}

/** What may be done about it, by those who may. */
function Acts({
  issuer,
  subject,
  name,
  q,
}: {
  issuer: string;
  subject: string;
  name: string;
  q: string;
}): ReactElement {
  const operator = useMay('operator');
  const admin = useMay('admin');
  const revocations = useQuery(revocationsQuery);
  const [containing, setContaining] = useState(false);
  const barred = barredBy(revocations.data ?? [], issuer, subject) !== undefined;
  return (
    <>
      <Link to="/search" search={{ q }} className={buttonClass()}>
        Its calls
      </Link>
      {operator && (
        <Button icon="shield" onClick={() => setContaining(true)}>
          Contain…
        </Button>
      )}
      {admin && !barred && <RevokeButton what={{ by: 'identity', issuer, subject, name }} />}
      {containing && (
        <ContainDialog
          target={{ identity: { id: `${issuer}#${subject}`, name } }}
          onClose={() => setContaining(false)}
        />
      )}
    </>
  );
}

function Numbers({ seen, q, span }: { seen: SeenIdentity; q: string; span: SpanId }): ReactElement {
  const within = `${q} since:${span}`;
  const { calls, changes, refusals, sessions, views } = seen;
  return (
    <div className="row wrap">
      <Link to="/search" search={{ q: within }}>
        <Badge>{plural(calls, 'call')}</Badge>
      </Link>
      <Link to="/search" search={{ q: `${within} -action:read -outcome:refused` }}>
        <Badge tone={changes > 0 ? 'amber' : 'grey'}>{plural(changes, 'change')}</Badge>
      </Link>
      <Link to="/search" search={{ q: `${within} outcome:refused` }}>
        <Badge tone={refusals > 0 ? 'red' : 'grey'}>{plural(refusals, 'refusal')}</Badge>
      </Link>
      <Link to="/sessions" search={{ q }}>
        <Badge>{plural(sessions, 'session')}</Badge>
      </Link>
      {views > 0 && (
        <Badge tip="Searches and views of the record, sign-ins, changes of the configuration">
          {plural(views, 'look', 'looks')} at the record
        </Badge>
      )}
    </div>
  );
}

function IdentityPanel({
  issuer,
  subject,
  seen,
}: {
  issuer: string;
  subject: string;
  seen: SeenIdentity | undefined;
}): ReactElement {
  return (
    <Panel title="As verified" note={seen && 'when it was seen last'}>
      <Facts
        items={[
          ['Subject', <CopyableId key="subject" id={subject} what="subject" />],
          ['Issuer', <CopyableId key="issuer" id={issuer} what="issuer" />],
          ['Email', seen?.identity.email && <SafeText key="email" text={seen.identity.email} />],
          [
            'Groups',
            seen && (
              <span key="groups" className="row wrap">
                {seen.identity.groups.length === 0 && <span className="quiet">none</span>}
                {seen.identity.groups.map((group) => (
                  <Badge key={group}>
                    <SafeText text={group} most={80} />
                  </Badge>
                ))}
              </span>
            ),
          ],
          [
            'On behalf of',
            seen && seen.identity.onBehalfOf.length > 0
              ? seen.identity.onBehalfOf.map((actor) => (
                  <div key={`${actor.issuer}#${actor.subject}`}>
                    <SafeText text={actor.subject} />{' '}
                    <span className="quiet">
                      at <SafeText text={actor.issuer} />
                    </span>
                  </div>
                ))
              : undefined,
          ],
          ...Object.entries(seen?.identity.claims ?? {}).map(
            ([claim, value]) => [visible(claim), <SafeText key={claim} text={value} />] as const,
          ),
          ['First seen', seen && <Time key="first" time={seen.first} />],
          ['Last seen', seen && <Time key="last" time={seen.last} />],
        ]}
      />
    </Panel>
  );
}
