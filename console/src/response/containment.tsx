// Containments: what is put upon an identity or a session, by a dialog that says what it will do, and how it is released.
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useId, useState } from 'react';
import { getJson, postJson } from '../api/client.ts';
import type { Containment, Containments } from '../api/types.ts';
import { Badge, type Tone } from '../design/badge.tsx';
import { Button } from '../design/button.tsx';
import { Confirm, Dialog } from '../design/dialog.tsx';
import { plural } from '../design/format.ts';
import { SafeText } from '../design/safe-text.tsx';
import { Segments } from '../design/tabs.tsx';
import { Time } from '../design/time.tsx';
import { toast, toastError } from '../design/toast.tsx';
import styles from './form.module.css';

export type ContainmentLevel = Containment['level'];

export const containmentsQuery = queryOptions({
  queryKey: ['containments'],
  queryFn: ({ signal }) => getJson<Containments>('/api/v1/containments', {}, signal),
});

const LEVELS: Readonly<Record<ContainmentLevel, readonly [string, string, Tone]>> = {
  throttle: ['Throttle', 'It may make so many calls a minute, and is refused beyond that.', 'blue'],
  'read-only': ['Read only', 'It may look; whatever is not a read is refused.', 'amber'],
  approval: ['Approval', 'Whatever is not a read is refused until somebody approves that very call.', 'amber'],
  quarantine: ['Quarantine', 'Nothing goes through any more: each of its calls is refused.', 'red'],
};
export const LEVEL_NAMES = Object.keys(LEVELS) as ContainmentLevel[];
export const levelInWords = (level: ContainmentLevel): string => LEVELS[level][0];

export const LevelBadge = ({ level, rate }: { level: ContainmentLevel; rate?: number | undefined }): ReactElement => (
  <Badge tone={LEVELS[level][2]} tip={LEVELS[level][1]}>
    {LEVELS[level][0].toLowerCase()}
    {rate !== undefined && `: ${plural(rate, 'call')} a minute`}
  </Badge>
);

const HOUR = 3_600_000;
const DURATIONS = [
  { id: 'open', label: 'Until released', ms: undefined },
  { id: '1h', label: '1 hour', ms: HOUR },
  { id: '1d', label: '1 day', ms: 24 * HOUR },
  { id: '7d', label: '7 days', ms: 168 * HOUR },
] as const;

/** Who or what may be contained: at least one of both. */
export interface ContainTarget {
  readonly identity?: { readonly id: string; readonly name: string } | undefined;
  readonly session?: string | undefined;
}

/** Asks what is to be put upon whom, and does it. */
export function ContainDialog({
  target,
  finding,
  reason: proposed = '',
  onClose,
}: {
  target: ContainTarget;
  finding?: string;
  reason?: string;
  onClose: () => void;
}): ReactElement {
  const client = useQueryClient();
  const { identity, session } = target;
  const [on, setOn] = useState<'identity' | 'session'>(identity ? 'identity' : 'session');
  const [level, setLevel] = useState<ContainmentLevel>('quarantine');
  const [rate, setRate] = useState('30');
  const [lasts, setLasts] = useState<(typeof DURATIONS)[number]['id']>('open');
  const [reason, setReason] = useState(proposed);
  const [tried, setTried] = useState(false);
  const fields = useId();
  const perMinute = Number(rate);
  const badRate = level === 'throttle' && !(Number.isInteger(perMinute) && perMinute >= 1 && perMinute <= 100_000);
  const badReason = reason.trim() === '';
  const contain = useMutation({
    mutationFn: () =>
      postJson<Containment>('/api/v1/containments', {
        level,
        ...(on === 'identity' ? { identity: identity?.id } : { session }),
        ...(level === 'throttle' && { rate: perMinute }),
        for: DURATIONS.find(({ id }) => id === lasts)?.ms,
        reason: reason.trim(),
        finding,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: containmentsQuery.queryKey });
      toast(`${levelInWords(level)} is in effect`, {
        text: 'With the next request, and until it is released or ends.',
      });
      onClose();
    },
    onError: toastError('Not contained'),
  });
  const submit = (): void => {
    setTried(true);
    if (!badRate && !badReason) contain.mutate();
  };
  return (
    <Dialog
      title="Contain"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" busy={contain.isPending} onClick={submit}>
            {levelInWords(level)}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        {identity && session !== undefined ? (
          <div className={styles.field}>
            <span className={styles.label}>Whom</span>
            <Segments
              label="Whom"
              options={[
                { id: 'identity', label: 'The identity' },
                { id: 'session', label: 'This session alone' },
              ]}
              value={on}
              onChange={setOn}
            />
          </div>
        ) : null}
        <p>
          {on === 'identity' ? (
            <>
              All sessions of <SafeText text={identity?.name ?? ''} most={120} />{' '}
              <span className="mono quiet">({<SafeText text={identity?.id ?? ''} most={200} />})</span>
            </>
          ) : (
            <>
              Session <span className="mono">{<SafeText text={session ?? ''} most={200} />}</span>
            </>
          )}
        </p>
        <fieldset className={styles.field}>
          <legend>How</legend>
          {LEVEL_NAMES.toReversed().map((name) => (
            <label key={name} className={styles.option}>
              <input type="radio" name={`${fields}-level`} checked={level === name} onChange={() => setLevel(name)} />
              <span>
                {LEVELS[name][0]}
                <small>{LEVELS[name][1]}</small>
              </span>
            </label>
          ))}
        </fieldset>
        {level === 'throttle' && (
          <label className={styles.field}>
            <span className={styles.label}>Calls a minute</span>
            <input
              className={`${styles.input} ${styles.small}`}
              inputMode="numeric"
              value={rate}
              aria-invalid={tried && badRate}
              onChange={(event) => setRate(event.target.value)}
            />
            {tried && badRate && <span className={styles.wrong}>A whole number from 1 to 100,000.</span>}
          </label>
        )}
        <div className={styles.field}>
          <span className={styles.label}>For how long</span>
          <div>
            <Segments label="For how long" options={DURATIONS} value={lasts} onChange={setLasts} />
          </div>
        </div>
        <label className={styles.field}>
          <span className={styles.label}>Reason</span>
          <textarea
            className={styles.input}
            value={reason}
            maxLength={500}
            aria-invalid={tried && badReason}
            onChange={(event) => setReason(event.target.value)}
          />
          {tried && badReason ? (
            <span className={styles.wrong}>Say why: it is kept with it.</span>
          ) : (
            <span className={styles.hint}>It is recorded with your name.</span>
          )}
        </label>
      </div>
    </Dialog>
  );
}

/** One containment with its release. @param may whether releasing is offered */
export function ContainmentItem({ containment, may }: { containment: Containment; may: boolean }): ReactElement {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const { id, level, rate, identity, session, reason, by, created, expires } = containment;
  const release = useMutation({
    mutationFn: () => postJson<Containment>(`/api/v1/containments/${encodeURIComponent(id)}/release`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: containmentsQuery.queryKey });
      toast('Released', { text: 'The next request is free of it.' });
    },
    onError: toastError('Not released'),
  });
  return (
    <div className={styles.field}>
      <div className="spread">
        <span className="row wrap">
          <LevelBadge level={level} rate={rate} />
          <span className="quiet">{identity === undefined ? 'this session' : 'the identity'}</span>
        </span>
        {may && (
          <Button size="small" busy={release.isPending} onClick={() => setAsking(true)}>
            Release…
          </Button>
        )}
      </div>
      <span>
        <SafeText text={reason} most={500} />
      </span>
      <span className="quiet">
        by{' '}
        {'rule' in by ? (
          <>
            the rule <SafeText text={by.rule} />
          </>
        ) : (
          <SafeText text={by.name} />
        )}
        , <Time time={created} show="ago" />
        {expires === undefined ? (
          '; until it is released'
        ) : (
          <>
            ; until <Time time={expires} />
          </>
        )}
      </span>
      {asking && (
        <Confirm
          title={`End the ${levelInWords(level).toLowerCase()}?`}
          act="Release"
          kind="primary"
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            release.mutate();
          }}
        >
          <p>
            <span className="mono">
              <SafeText text={identity ?? session ?? ''} most={300} />
            </span>{' '}
            is no longer bound by it, with its next request.
          </p>
        </Confirm>
      )}
    </div>
  );
}
