// Revoking an identity, and letting in again what was revoked: questions before either, and what is revoked in words.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { postJson } from '../api/client.ts';
import type { Revocations } from '../api/types.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/dialog.tsx';
import { plural } from '../design/format.ts';
import { SafeText } from '../design/safe-text.tsx';
import { toast, toastError } from '../design/toast.tsx';
import { revocationsQuery } from './questions.ts';

export type Revocation = Revocations['items'][number];

const KINDS: Readonly<Record<Revocation['by'], string>> = {
  token: 'token',
  session: 'session',
  identity: 'identity',
  issuer: 'issuer',
};
export const revokedKind = ({ by }: Revocation): string => KINDS[by];

/** What bars an identity: its own revocation, or that of its issuer. */
export const barredBy = (all: readonly Revocation[], issuer: string, subject: string): Revocation | undefined =>
  all.find(({ by, key }) => (by === 'identity' ? key === `${issuer}#${subject}` : by === 'issuer' && key === issuer));

/** A button that asks, and then revokes: an identity, or one of its sessions. */
export function RevokeButton({
  what,
  size = 'medium',
}: {
  what:
    | { readonly by: 'identity'; readonly issuer: string; readonly subject: string; readonly name: string }
    | { readonly by: 'session'; readonly session: string }
    | { readonly by: 'id'; readonly id: string };
  size?: 'small' | 'medium';
}): ReactElement {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => {
      const { name: _shown, ...body } = { name: undefined, ...what };
      return postJson<{ ended: number }>('/api/v1/revocations', body);
    },
    onSuccess: async ({ ended }) => {
      setAsking(false);
      await Promise.all(
        [revocationsQuery.queryKey, ['service-accounts']].map((queryKey) => client.invalidateQueries({ queryKey })),
      );
      toast('Revoked', { text: `In effect with the next request. ${plural(ended, 'token')} of Dogwatch ended.` });
    },
    onError: (error) => {
      setAsking(false);
      toastError('Not revoked')(error);
    },
  });
  const named = what.by === 'identity' ? what.name : what.by === 'session' ? what.session : what.id;
  return (
    <>
      <Button kind="danger" size={size} icon="refused" onClick={() => setAsking(true)}>
        Revoke…
      </Button>
      {asking && (
        <Confirm
          title={`Revoke this ${what.by === 'id' ? 'token' : what.by}?`}
          act="Revoke"
          busy={revoke.isPending}
          onConfirm={() => revoke.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>
            <strong>
              <SafeText text={named} most={200} />
            </strong>{' '}
            {what.by === 'identity'
              ? 'is refused from its next request on, whatever token it comes with, and the tokens that Dogwatch gave it end.'
              : what.by === 'session'
                ? 'gets nothing through any more. The same agent may begin another session.'
                : 'is good for nothing any more. It cannot be made good again.'}
          </p>
          {what.by !== 'id' && <p className="quiet">It can be lifted later. What was recorded stays.</p>}
        </Confirm>
      )}
    </>
  );
}

/** A button that asks, and then lets in again. */
export function LiftButton({ revocation }: { revocation: Revocation }): ReactElement {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const lift = useMutation({
    mutationFn: () => postJson('/api/v1/revocations/lift', { by: revocation.by, key: revocation.key }),
    onSuccess: async () => {
      setAsking(false);
      await client.invalidateQueries({ queryKey: revocationsQuery.queryKey });
      toast('Lifted', { text: 'The next request with good credentials gets in again.' });
    },
    onError: (error) => {
      setAsking(false);
      toastError('Not lifted')(error);
    },
  });
  return (
    <>
      <Button size="small" onClick={() => setAsking(true)}>
        Lift…
      </Button>
      {asking && (
        <Confirm
          title="Let it in again?"
          act="Lift the revocation"
          kind="primary"
          busy={lift.isPending}
          onConfirm={() => lift.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>
            The {revokedKind(revocation)}{' '}
            <strong className="mono">
              <SafeText text={revocation.key} most={200} />
            </strong>{' '}
            gets in again with its next request. Tokens that ended stay ended.
          </p>
        </Confirm>
      )}
    </>
  );
}
