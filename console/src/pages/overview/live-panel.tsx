// Live: calls per second, by identity and by action.
import { Link } from '@tanstack/react-router';
import { lazy, type ReactElement, Suspense } from 'react';
import type { Action, TopRates } from '../../api/types.ts';
import { Dot, Status } from '../../design/badge.tsx';
import { count, plural } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { quoteValue } from '../../design/query-text.ts';
import { actionTone, IdentityChip } from '../../design/record.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Table } from '../../design/table.tsx';
import styles from './overview.module.css';
import { type Rates, useRates } from './rates.ts';

const RateChart = lazy(() => import('./rate-chart.tsx').then(({ RateChart: chart }) => ({ default: chart })));
const ACTIONS: readonly Action[] = ['read', 'create', 'update', 'delete', 'execute'];

export function LivePanel(): ReactElement {
  const rates = useRates();
  const { now, state, error } = rates;
  const note =
    state === 'live' ? (
      <Status tone="green" live>
        live
      </Status>
    ) : state === 'ended' ? undefined : (
      <Status tone="grey">connecting</Status>
    );
  return (
    <Panel
      title="Calls"
      note={note}
      actions={
        <Link to="/search" search={{ live: true }}>
          Follow them
        </Link>
      }
      flush
    >
      {state === 'ended' ? (
        <ErrorState error={error} small />
      ) : now === undefined ? (
        <Loading rows={6} what="Waiting for the rates" />
      ) : (
        <Now now={now} rates={rates} />
      )}
    </Panel>
  );
}

function Now({ now, rates }: { now: TopRates; rates: Rates }): ReactElement {
  const { total } = now;
  return (
    <>
      <div className={styles.now}>
        <div className={styles.figures}>
          <p className={styles.big}>
            {perSecond(total.perSecond)} <span className="quiet">calls a second</span>
          </p>
          <ul className={styles.actions} aria-label="Calls of the last minute, by action">
            {ACTIONS.map((action) => (
              <li key={action}>
                <Link to="/search" search={{ q: `action:${action} since:15m` }} className={styles.action}>
                  <span>
                    <Dot tone={actionTone(action)} /> {action}
                  </span>
                  <strong>{count(total.actions[action] ?? 0)}</strong>
                </Link>
              </li>
            ))}
            <li>
              <Link to="/search" search={{ q: 'verdict:deny since:15m' }} className={styles.action}>
                <span>refused</span>
                <strong className={total.refusals > 0 ? styles.bad : undefined}>{count(total.refusals)}</strong>
              </Link>
            </li>
          </ul>
        </div>
        <Suspense fallback={<div className={styles.plot} />}>
          <RateChart points={rates.points} />
        </Suspense>
        <p className="visually-hidden">
          {perSecond(total.perSecond)} calls a second now; {plural(total.calls, 'call')} in the last minute,{' '}
          {count(total.refusals)} refused, {count(total.errors)} failed.
        </p>
      </div>
      <Table
        caption="Calls of the last minute, by identity"
        items={now.rows.slice(0, 6)}
        keyOf={({ identity }) => `${identity?.issuer}#${identity?.subject}`}
        empty={
          <EmptyState small title="No calls in the last minute">
            Each identity that calls appears here, with what it does.
          </EmptyState>
        }
        columns={[
          {
            title: 'Who',
            cell: ({ identity }) =>
              identity ? (
                <Link to="/agents/$id" params={{ id: `${identity.issuer}#${identity.subject}` }}>
                  <IdentityChip identity={identity} />
                </Link>
              ) : (
                <span className="quiet">nobody that was verified</span>
              ),
          },
          {
            title: 'Does',
            width: '34%',
            optional: true,
            cell: ({ actions, calls }) => <Mix actions={actions} calls={calls} />,
          },
          {
            title: 'Refused',
            end: true,
            optional: true,
            cell: ({ refusals }) => <span className={refusals > 0 ? styles.bad : 'quiet'}>{count(refusals)}</span>,
          },
          {
            title: 'Last minute',
            end: true,
            cell: ({ identity, calls }) =>
              identity ? (
                <Link
                  to="/search"
                  search={{ q: `who:${quoteValue(identity.subject)} since:15m` }}
                  aria-label={`${plural(calls, 'call')} by ${identity.name}`}
                >
                  {count(calls)}
                </Link>
              ) : (
                count(calls)
              ),
          },
          { title: 'Per second', end: true, cell: ({ perSecond: rate }) => perSecond(rate) },
        ]}
      />
      {now.rows.length > 6 && (
        <p className={styles.foot}>
          <Link to="/agents">{plural(now.rows.length - 6 + now.more, 'more identity', 'more identities')}</Link>
        </p>
      )}
    </>
  );
}

/** The shares of actions as a bar; in words for those who do not see it, and on hover. */
function Mix({ actions, calls }: { actions: TopRates['total']['actions']; calls: number }): ReactElement {
  const parts = ACTIONS.map((action) => [action, actions[action] ?? 0] as const).filter(([, n]) => n > 0);
  const words = parts.map(([action, n]) => `${count(n)} ${action}`).join(', ');
  return (
    <span className={styles.mix} data-tip={words}>
      <span className="visually-hidden">{words}</span>
      {parts.map(([action, n]) => (
        <span
          key={action}
          style={{ flexGrow: n / Math.max(1, calls), background: `var(--${actionTone(action)}-mark)` }}
        />
      ))}
    </span>
  );
}

const perSecond = (rate: number): string => (rate === 0 ? '0' : rate < 10 ? rate.toFixed(1) : count(rate));
