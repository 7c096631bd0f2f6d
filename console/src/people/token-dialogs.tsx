// Tokens of service accounts: made, replaced, ended. A new token is shown this once.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { postJson } from '../api/client.ts';
import type { MintedToken } from '../api/types.ts';
import { Button } from '../design/button.tsx';
import { CopyButton } from '../design/copy-button.tsx';
import { Confirm, Dialog } from '../design/dialog.tsx';
import { plural } from '../design/format.ts';
import { SafeText } from '../design/safe-text.tsx';
import { Time } from '../design/time.tsx';
import { toast, toastError } from '../design/toast.tsx';
import styles from './people.module.css';
import { accountsQuery } from './questions.ts';

/** What the API takes as a name (src/identity): it says so itself as well. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Asks for name, groups and life of a new service account, or for the life of another token of one that is there. */
export function TokenDialog({ rotate, onClose }: { rotate?: string; onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [groups, setGroups] = useState('');
  const [days, setDays] = useState('90');
  const [overlap, setOverlap] = useState('24');
  const [tried, setTried] = useState(false);
  const badName = rotate === undefined && !NAME.test(name);
  const badDays = !isWhole(days, 1, 366);
  const badOverlap = rotate !== undefined && !isWhole(overlap, 0, 720);
  const make = useMutation({
    mutationFn: () =>
      rotate === undefined
        ? postJson<MintedToken>('/api/v1/agents', {
            name,
            groups: groupsOf(groups),
            days: Number(days),
          })
        : postJson<MintedToken>(`/api/v1/agents/${encodeURIComponent(rotate)}/rotate`, {
            days: Number(days),
            overlapHours: Number(overlap),
          }),
    onSuccess: () => client.invalidateQueries({ queryKey: accountsQuery.queryKey }),
    onError: toastError(rotate === undefined ? 'Not created' : 'Not rotated'),
  });
  if (make.data) return <NewToken minted={make.data} onClose={onClose} />;
  const submit = (): void => {
    setTried(true);
    if (!badName && !badDays && !badOverlap) make.mutate();
  };
  return (
    <Dialog
      title={rotate === undefined ? 'New service account' : `New token for ${rotate}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={make.isPending} onClick={submit}>
            {rotate === undefined ? 'Create' : 'Rotate'}
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {rotate === undefined && (
          <>
            <label>
              Name
              <input
                value={name}
                maxLength={63}
                aria-invalid={tried && badName}
                onChange={(event) => setName(event.target.value)}
                autoFocus
              />
              <small className={tried && badName ? styles.wrong : undefined}>
                Small letters, digits, dots, hyphens and underscores. It stands in the record.
              </small>
            </label>
            <label>
              Groups
              <input value={groups} placeholder="sre, everyone" onChange={(event) => setGroups(event.target.value)} />
              <small>Separated by commas. They decide which connections it may use.</small>
            </label>
          </>
        )}
        <label>
          Days that the token is good for
          <input
            inputMode="numeric"
            value={days}
            aria-invalid={tried && badDays}
            onChange={(event) => setDays(event.target.value)}
          />
          {tried && badDays && <small className={styles.wrong}>A whole number from 1 to 366.</small>}
        </label>
        {rotate !== undefined && (
          <label>
            Hours that the tokens before it go on for
            <input
              inputMode="numeric"
              value={overlap}
              aria-invalid={tried && badOverlap}
              onChange={(event) => setOverlap(event.target.value)}
            />
            <small className={tried && badOverlap ? styles.wrong : undefined}>0 to 720; 0 ends them at once.</small>
          </label>
        )}
        <button type="submit" hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}

const groupsOf = (text: string): string[] =>
  text
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');

const isWhole = (text: string, least: number, most: number): boolean =>
  /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;

/** It is gone when the dialog closes: Dogwatch keeps its hash alone. */
function NewToken({ minted, onClose }: { minted: MintedToken; onClose: () => void }): ReactElement {
  return (
    <Dialog
      title="Copy the token now"
      onClose={onClose}
      actions={
        <Button kind="primary" onClick={onClose}>
          I have it
        </Button>
      }
    >
      <div className={styles.form}>
        <p>It is shown this once. Dogwatch keeps only what it takes to recognise it.</p>
        <div className={styles.token}>
          <code data-testid="token">{minted.token}</code>
          <CopyButton text={minted.token} label="Copy the token" word="Copy" />
        </div>
        <p className="quiet">
          The agent sends it as its Datadog API key (<code>DD_API_KEY</code>). It is good until{' '}
          <Time time={minted.expiresAt} />.
        </p>
      </div>
    </Dialog>
  );
}

/** Ends a service account and its tokens, after a question. */
export function EndAccountButton({ name }: { name: string }): ReactElement {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const end = useMutation({
    mutationFn: () => postJson<{ ended: number }>(`/api/v1/agents/${encodeURIComponent(name)}/revoke`),
    onSuccess: async ({ ended }) => {
      setAsking(false);
      await client.invalidateQueries({ queryKey: accountsQuery.queryKey });
      toast(`${name} ended`, { text: `${plural(ended, 'token')} ended with it.` });
    },
    onError: (error) => {
      setAsking(false);
      toastError('Not ended')(error);
    },
  });
  return (
    <>
      <Button
        kind="danger"
        size="small"
        onClick={() => setAsking(true)}
        aria-label={`Revoke the service account ${name}`}
      >
        Revoke…
      </Button>
      {asking && (
        <Confirm
          title={`End the service account ${name}?`}
          act="End it"
          busy={end.isPending}
          onConfirm={() => end.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>
            <strong>
              <SafeText text={name} />
            </strong>{' '}
            and all its tokens end at once. An account of the same name can be created later, with other tokens.
          </p>
        </Confirm>
      )}
    </>
  );
}
