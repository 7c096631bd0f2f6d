// The tokens of a service account: when each was used last and ends. Admins renew the account's token, or end one of them.
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { useMay } from '../../api/session.ts';
import { Button } from '../../design/button.tsx';
import { CopyableId } from '../../design/copy-button.tsx';
import { Panel } from '../../design/panel.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { accountsQuery } from '../../people/questions.ts';
import { RevokeButton } from '../../people/revocations.tsx';
import { EndAccountButton, TokenDialog } from '../../people/token-dialogs.tsx';
import styles from './agent.module.css';

export function TokensPanel({ name }: { name: string }): ReactElement {
  const admin = useMay('admin');
  const { data, error, refetch } = useQuery(accountsQuery);
  const [rotating, setRotating] = useState(false);
  const account = data?.find((each) => each.name === name);
  return (
    <Panel
      title="Tokens"
      flush
      actions={
        admin &&
        account && (
          <span className="row">
            <Button size="small" onClick={() => setRotating(true)}>
              Rotate…
            </Button>
            <EndAccountButton name={name} />
          </span>
        )
      }
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : data === undefined ? (
        <Loading rows={2} what="Tokens load" />
      ) : account === undefined ? (
        <EmptyState small title="The account has ended">
          Its tokens are good for nothing any more.
        </EmptyState>
      ) : account.tokens.length === 0 ? (
        <EmptyState small title="No token of it is good">
          An admin gives it another one by rotating.
        </EmptyState>
      ) : (
        <ul className={styles.items}>
          {account.tokens.map(({ id, issuedAt, expiresAt, lastUsed }) => (
            <li key={id}>
              <div className="spread">
                <CopyableId id={id} what="token's id" short />
                {admin && <RevokeButton what={{ by: 'id', id }} size="small" />}
              </div>
              <p className="quiet">
                made <Time time={issuedAt} show="ago" />; used{' '}
                {lastUsed === undefined ? 'never' : <Time time={lastUsed} show="ago" />}; ends{' '}
                <Time time={expiresAt} show="ago" />
              </p>
            </li>
          ))}
        </ul>
      )}
      {rotating && <TokenDialog rotate={name} onClose={() => setRotating(false)} />}
    </Panel>
  );
}
