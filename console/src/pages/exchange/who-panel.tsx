// Who called: what was verified, apart from what the caller said of itself; and what policy said to it.
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Exchange } from '../../api/types.ts';
import { Badge, Severity } from '../../design/badge.tsx';
import { CopyableId } from '../../design/copy-button.tsx';
import { Facts, Panel } from '../../design/panel.tsx';
import { ClaimedChip, IdentityChip, VerdictBadge } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import styles from './exchange.module.css';

export function WhoPanel({ exchange }: { exchange: Exchange }): ReactElement {
  const { identity, client, session, source, connection } = exchange;
  return (
    <Panel title="Who">
      <div className="stack">
        {identity ? (
          <Facts
            items={[
              [
                'Verified as',
                <Link key="link" to="/agents/$id" params={{ id: `${identity.issuer}#${identity.subject}` }}>
                  <IdentityChip identity={identity} />
                </Link>,
              ],
              [
                'On behalf of',
                identity.onBehalfOf.length > 0
                  ? identity.onBehalfOf.map((actor) => (
                      <div key={`${actor.issuer}#${actor.subject}`}>
                        <SafeText text={actor.subject} />{' '}
                        <span className="quiet">
                          at <SafeText text={actor.issuer} />
                        </span>
                      </div>
                    ))
                  : undefined,
              ],
              ['Subject', <SafeText key="subject" text={identity.subject} />],
              ['Issuer', <SafeText key="issuer" text={identity.issuer} />],
              ['Email', identity.email && <SafeText text={identity.email} />],
              [
                'Groups',
                <span key="groups" className="row wrap">
                  {identity.groups.length === 0 && <span className="quiet">none</span>}
                  {identity.groups.map((group) => (
                    <Badge key={group}>
                      <SafeText text={group} />
                    </Badge>
                  ))}
                </span>,
              ],
              ...Object.entries(identity.claims).map(
                ([name, value]) => [name, <SafeText key={name} text={value} />] as const,
              ),
            ]}
          />
        ) : (
          <p>No credential of this caller was accepted.</p>
        )}
        <hr className={styles.rule} />
        <Facts
          items={[
            [
              'Says it is',
              client.agent === undefined && client.userAgent === undefined ? (
                <span key="nothing" className="quiet">
                  it says nothing
                </span>
              ) : (
                <div key="claims" className={styles.claims}>
                  <ClaimedChip client={client} />
                  {client.agent !== undefined && client.userAgent !== undefined && (
                    <span className="quiet">
                      <SafeText text={client.userAgent} />
                    </span>
                  )}
                </div>
              ),
            ],
            ['From', <CopyableId key="source" id={source} what="address" />],
            [
              'Session',
              <Link key="session" to="/session/$id" params={{ id: session }}>
                <SafeText text={session} />
              </Link>,
            ],
            ['Connection', connection && <SafeText text={connection} />],
          ]}
        />
      </div>
    </Panel>
  );
}

export function VerdictPanel({ exchange: { verdict, classification } }: { exchange: Exchange }): ReactElement {
  return (
    <Panel title="Verdict">
      <div className="stack">
        <div className="row wrap">
          <VerdictBadge verdict={verdict} withRule />
        </div>
        {verdict.reason && (
          <p>
            <SafeText text={verdict.reason} />
          </p>
        )}
        <div className="row wrap" data-tip="How much harm the operation can do, and in which way">
          <Severity level={classification.risk} />
          <span className="quiet">risk</span>
          {classification.tags.map((tag) => (
            <Badge key={tag} tone="amber">
              {tag}
            </Badge>
          ))}
        </div>
      </div>
    </Panel>
  );
}
