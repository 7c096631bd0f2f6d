// Dismissing a finding: why, and whether its like is not to be told for a time.
import { type ReactElement, useId, useState } from 'react';
import type { Finding } from '../../api/types.ts';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { Segments } from '../../design/tabs.tsx';
import { detectorInWords } from '../../response/finding-words.ts';
import styles from '../../response/form.module.css';

const DAY = 86_400_000;
const DURATIONS = [
  { id: '1', label: '1 day' },
  { id: '7', label: '7 days' },
  { id: '30', label: '30 days' },
  { id: '90', label: '90 days' },
] as const;
const SCOPES = ['detector', 'identity', 'connection', 'family', 'operation'] as const;
type Scope = (typeof SCOPES)[number];

export interface Dismissal {
  readonly reason: string;
  readonly suppress?: { readonly for: number; readonly scope: readonly Scope[] };
}

export function DismissDialog({
  finding,
  busy,
  onDismiss,
  onClose,
}: {
  finding: Finding;
  busy: boolean;
  onDismiss: (dismissal: Dismissal) => void;
  onClose: () => void;
}): ReactElement {
  const { detector, subject } = finding;
  const values: Readonly<Record<Scope, string | undefined>> = {
    detector: detectorInWords(detector),
    identity: subject.identity?.name,
    connection: subject.connection,
    family: subject.family,
    operation: subject.operation,
  };
  const told = SCOPES.filter((scope) => values[scope] !== undefined);
  const [reason, setReason] = useState('');
  const [suppress, setSuppress] = useState(false);
  const [scopes, setScopes] = useState<readonly Scope[]>(told);
  const [days, setDays] = useState<(typeof DURATIONS)[number]['id']>('7');
  const [tried, setTried] = useState(false);
  const hint = useId();
  const noReason = reason.trim() === '';
  const noScope = suppress && scopes.length === 0;
  const submit = (): void => {
    setTried(true);
    if (noReason || noScope) return;
    onDismiss({
      reason: reason.trim(),
      ...(suppress && { suppress: { for: Number(days) * DAY, scope: scopes } }),
    });
  };
  return (
    <Dialog
      title="Dismiss this finding"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={busy} onClick={submit}>
            Dismiss
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <label className={styles.field}>
          <span className={styles.label}>Why is this no news?</span>
          <textarea
            className={styles.input}
            value={reason}
            maxLength={1000}
            aria-invalid={tried && noReason}
            aria-describedby={hint}
            onChange={(event) => setReason(event.target.value)}
          />
          <span id={hint} className={tried && noReason ? styles.wrong : styles.hint}>
            {tried && noReason ? 'A dismissal needs a reason.' : 'It is kept with the finding, with your name.'}
          </span>
        </label>
        <label className={styles.option}>
          <input type="checkbox" checked={suppress} onChange={(event) => setSuppress(event.target.checked)} />
          <span>
            Do not tell of its like for a time
            <small>What matches is neither listed nor sent as an alert. It can be revoked.</small>
          </span>
        </label>
        {suppress && (
          <>
            <fieldset className={styles.field}>
              <legend>Its like is what shares</legend>
              <div className={styles.checks}>
                {told.map((scope) => (
                  <label key={scope} className={styles.option}>
                    <input
                      type="checkbox"
                      checked={scopes.includes(scope)}
                      onChange={(event) =>
                        setScopes(
                          told.filter((each) => (each === scope ? event.target.checked : scopes.includes(each))),
                        )
                      }
                    />
                    <span>
                      the {scope === 'family' ? 'family of operations' : scope}{' '}
                      <b>
                        <SafeText text={values[scope] ?? ''} most={200} />
                      </b>
                    </span>
                  </label>
                ))}
              </div>
              {tried && noScope && <span className={styles.wrong}>Choose one at least.</span>}
            </fieldset>
            <div className={styles.field}>
              <span className={styles.label}>For how long</span>
              <div>
                <Segments label="For how long" options={DURATIONS} value={days} onChange={setDays} />
              </div>
            </div>
          </>
        )}
      </div>
    </Dialog>
  );
}
