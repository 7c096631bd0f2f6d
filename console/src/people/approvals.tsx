// Calls that wait for leave: what each would do, and the answer that somebody gives.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { postJson } from '../api/client.ts';
import { useMay } from '../api/session.ts';
import type { Approval } from '../api/types.ts';
import { Badge, type Tone } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { count } from '../design/format.ts';
import { Panel } from '../design/panel.tsx';
import { ActionTag, IdentityChip, OperationName } from '../design/record.tsx';
import { SafeText } from '../design/safe-text.tsx';
import { ErrorState } from '../design/states.tsx';
import { Time } from '../design/time.tsx';
import { toast, toastError } from '../design/toast.tsx';
import styles from './approvals.module.css';
import form from './people.module.css';
import { approvalsQuery, keyOf } from './questions.ts';

const STATES: Readonly<Record<Approval['state'], readonly [Tone, string]>> = {
  pending: ['amber', 'waiting'],
  approved: ['green', 'approved, not made yet'],
  denied: ['red', 'denied'],
  used: ['green', 'approved and made'],
  expired: ['grey', 'expired'],
};
/** Those decided lately that are shown after those that wait. */
const DECIDED = 5;

/** Calls that wait, and the latest ones decided. Nothing when there is neither. @param identity only those of `issuer#subject` */
export function ApprovalsPanel({ identity }: { identity?: string }): ReactElement | null {
  const { data, error, refetch } = useQuery(approvalsQuery);
  const may = useMay('operator');
  if (error)
    return (
      <Panel title="Waiting for approval">
        <ErrorState error={error} onRetry={() => void refetch()} small />
      </Panel>
    );
  const own = (data ?? []).filter((each) => identity === undefined || keyOf(each.identity) === identity);
  const waiting = own.filter(({ state }) => state === 'pending');
  const decided = own.filter(({ state }) => state !== 'pending').slice(0, DECIDED);
  if (waiting.length + decided.length === 0) return null;
  return (
    <Panel
      title="Waiting for approval"
      note={waiting.length === 0 ? 'none now; these were decided in the last day' : count(waiting.length)}
      flush
    >
      <ul className={styles.list}>
        {[...waiting, ...decided].map((approval) => (
          <Item key={approval.id} approval={approval} may={may} named={identity === undefined} />
        ))}
      </ul>
    </Panel>
  );
}

function Item({ approval, may, named }: { approval: Approval; may: boolean; named: boolean }): ReactElement {
  const { state, identity, operation, action, method, target, exchange, rule, asked, expires, decided, connection } =
    approval;
  const [tone, word] = STATES[state];
  const [answer, setAnswer] = useState<'approve' | 'deny'>();
  return (
    <li className={styles.item}>
      <div className={styles.what}>
        <div className="row wrap">
          <Badge tone={tone}>{word}</Badge>
          <ActionTag action={action} />
          <Link to="/exchange/$id" params={{ id: exchange }}>
            <OperationName operation={operation} />
          </Link>
          {named && (
            <span className={styles.by}>
              by
              <Link to="/agents/$id" params={{ id: keyOf(identity) }}>
                <IdentityChip identity={identity} />
              </Link>
            </span>
          )}
        </div>
        <span className={styles.target}>
          {method} <SafeText text={target} most={300} />
        </span>
        <span className="quiet">
          asked <Time time={asked} show="ago" /> at <SafeText text={connection} most={80} />, held by{' '}
          {rule.startsWith('containment:') ? 'a containment' : <SafeText text={rule} most={80} />}
          {state === 'pending' && (
            <>
              ; ends <Time time={expires} show="ago" />
            </>
          )}
          {decided && (
            <>
              ; answered by <SafeText text={decided.by.name} most={80} /> <Time time={decided.time} show="ago" />
              {decided.reason !== undefined && (
                <>
                  : <SafeText text={decided.reason} most={200} />
                </>
              )}
            </>
          )}
        </span>
      </div>
      {may && (state === 'pending' || state === 'approved') && (
        <div className="row">
          <Button size="small" onClick={() => setAnswer('deny')}>
            {state === 'pending' ? 'Deny…' : 'Take back…'}
          </Button>
          {state === 'pending' && (
            <Button kind="primary" size="small" onClick={() => setAnswer('approve')}>
              Approve…
            </Button>
          )}
        </div>
      )}
      {answer && <Answer approval={approval} answer={answer} onClose={() => setAnswer(undefined)} />}
    </li>
  );
}

function Answer({
  approval,
  answer,
  onClose,
}: {
  approval: Approval;
  answer: 'approve' | 'deny';
  onClose: () => void;
}): ReactElement {
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const { id, identity, operation, method, target } = approval;
  const decide = useMutation({
    mutationFn: () =>
      postJson<Approval>(`/api/v1/approvals/${encodeURIComponent(id)}/${answer}`, {
        ...(reason.trim() !== '' && { reason: reason.trim() }),
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: approvalsQuery.queryKey });
      toast(answer === 'approve' ? 'Approved' : 'Denied', {
        text:
          answer === 'approve'
            ? 'The agent may make this very call, once.'
            : 'The agent is told so when it asks again.',
      });
      onClose();
    },
    onError: toastError(answer === 'approve' ? 'Not approved' : 'Not denied'),
  });
  return (
    <Dialog
      title={answer === 'approve' ? 'Let this call through?' : 'Refuse this call?'}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind={answer === 'approve' ? 'primary' : 'danger'}
            busy={decide.isPending}
            onClick={() => decide.mutate()}
          >
            {answer === 'approve' ? 'Approve' : 'Deny'}
          </Button>
        </>
      }
    >
      <div className={form.form}>
        <p>
          <SafeText text={identity.name} most={120} /> asked for <OperationName operation={operation} words />:
        </p>
        <p className={styles.target}>
          {method} <SafeText text={target} most={600} />
        </p>
        <p className="quiet">
          {answer === 'approve'
            ? 'The same call, byte for byte, goes through once when the agent makes it again in time. Its body is in the record.'
            : 'It is recorded with your name.'}
        </p>
        <label>
          Reason
          <textarea rows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
          <small>Optional; it is recorded with your name.</small>
        </label>
      </div>
    </Dialog>
  );
}
