// Service accounts: named agents with a token of Dogwatch's own, for those who have no issuer. Admins make, renew and end them.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { useMay } from '../../api/session.ts';
import type { ServiceAccounts } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { count } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { type Column, Table } from '../../design/table.tsx';
import { Time } from '../../design/time.tsx';
import { accountsQuery, SERVICE_ACCOUNTS } from '../../people/questions.ts';
import { EndAccountButton, TokenDialog } from '../../people/token-dialogs.tsx';
import styles from './agents.module.css';

type Account = ServiceAccounts['items'][number];
const SOON = 7 * 86_400_000;

export function Accounts(): ReactElement {
  const admin = useMay('admin');
  const { data, error, refetch } = useQuery(accountsQuery);
  const [making, setMaking] = useState<{ rotate?: string }>();
  const columns: Column<Account>[] = [
    {
      title: 'Name',
      cell: ({ name }) => (
        <Link to="/agents/$id" params={{ id: `${SERVICE_ACCOUNTS}#${name}` }} className={`mono ${styles.name}`}>
          <SafeText text={name} />
        </Link>
      ),
    },
    {
      title: 'Groups',
      cell: ({ groups }) => (
        <span className="row wrap">
          {groups.map((group) => (
            <Badge key={group}>
              <SafeText text={group} most={40} />
            </Badge>
          ))}
        </span>
      ),
      optional: true,
    },
    { title: 'Tokens', cell: ({ tokens }) => count(tokens.length), end: true, width: 72, optional: true },
    { title: 'Last used', cell: ({ tokens }) => <LastUsed tokens={tokens} />, width: 116, optional: true },
    { title: 'Good until', cell: ({ tokens }) => <GoodUntil tokens={tokens} />, width: 130 },
    { title: 'Created by', cell: ({ by }) => <SafeText text={by} most={60} />, optional: true },
    ...(admin
      ? [
          {
            title: 'Acts',
            cell: ({ name }: Account) => (
              <span className={styles.acts}>
                <Button
                  size="small"
                  aria-label={`Rotate the token of ${name}`}
                  onClick={() => setMaking({ rotate: name })}
                >
                  Rotate…
                </Button>
                <EndAccountButton name={name} />
              </span>
            ),
          },
        ]
      : []),
  ];
  return (
    <Panel
      title="Service accounts"
      note={data && data.length > 0 ? count(data.length) : undefined}
      flush
      actions={
        admin && (
          <Button icon="plus" size="small" onClick={() => setMaking({})}>
            Create…
          </Button>
        )
      }
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading rows={3} what="Service accounts load" />
      ) : (
        <Table
          caption="All service accounts"
          columns={columns}
          items={data}
          keyOf={({ name }) => name}
          empty={
            <EmptyState icon="agents" title="There is no service account">
              Agents usually come with tokens of your own issuer. A service account is for those that have none.
            </EmptyState>
          }
        />
      )}
      {making && <TokenDialog {...making} onClose={() => setMaking(undefined)} />}
    </Panel>
  );
}

function LastUsed({ tokens }: Pick<Account, 'tokens'>): ReactElement {
  const last = Math.max(0, ...tokens.map(({ lastUsed = 0 }) => lastUsed));
  return last === 0 ? <span className="quiet">never</span> : <Time time={last} show="ago" />;
}

function GoodUntil({ tokens }: Pick<Account, 'tokens'>): ReactElement {
  const end = Math.max(0, ...tokens.map(({ expiresAt }) => expiresAt));
  if (end === 0) return <Badge tone="red">no good token</Badge>;
  return end - Date.now() < SOON ? (
    <Badge tone="amber">
      <Time time={end} show="ago" />
    </Badge>
  ) : (
    <Time time={end} show="ago" />
  );
}
