// Verifies the whole journal, with progress, and says in plain words what was found.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { getJson, postJson } from '../../api/client.ts';
import type { Verification } from '../../api/types.ts';
import { Button } from '../../design/button.tsx';
import { bytes, count, duration, plural } from '../../design/format.ts';
import { Icon } from '../../design/icons.tsx';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { ErrorState, Loading, Progress } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { toastError } from '../../design/toast.tsx';
import styles from './journal.module.css';

const PATH = '/api/v1/journal/verification';
const KEY = ['journal', 'verification'];

export function VerifyPanel(): ReactElement {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => getJson<Verification>(PATH, {}, signal),
    refetchInterval: ({ state }) => (state.data?.running ? 500 : 15_000),
  });
  const start = useMutation({
    mutationFn: () => postJson<Verification>(PATH),
    onSuccess: (told) => client.setQueryData(KEY, told),
    onError: toastError('Not begun'),
  });
  const running = data?.running;
  return (
    <Panel
      title="Verification"
      actions={
        <Button
          kind="primary"
          icon="verified"
          busy={start.isPending || running !== undefined}
          onClick={() => start.mutate()}
        >
          {running ? 'Verifying' : 'Verify now'}
        </Button>
      }
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : data === undefined ? (
        <Loading rows={3} />
      ) : (
        <div className="stack">
          {running && (
            <Progress
              label="Every entry is read, decrypted and hashed again"
              value={running.entries}
              max={running.of}
              note={`${count(running.entries)} of ${count(running.of)}`}
            />
          )}
          {data.last ? <Last last={data.last} /> : <Before recorded={data.recorded} />}
        </div>
      )}
    </Panel>
  );
}

function Before({ recorded }: Pick<Verification, 'recorded'>): ReactElement {
  if (recorded === undefined)
    return (
      <p className="quiet">
        Nobody has had this journal verified yet. It reads every entry again and compares it with the tree, with every
        checkpoint that was kept, and with what witnesses cosigned; calls go on meanwhile.
      </p>
    );
  return (
    <p>
      <SafeText text={recorded.by} /> <SafeText text={recorded.what} />, <Time time={recorded.time} show="ago" />.
    </p>
  );
}

function Last({ last }: { last: NonNullable<Verification['last']> }): ReactElement {
  const { report, failure, time, took, by } = last;
  const when = (
    <p className="quiet">
      <Time time={time} />, by <SafeText text={by} />, in {duration(took)}
    </p>
  );
  if (report === undefined)
    return (
      <div className={styles.broken} role="alert">
        <Icon name="warning" size={20} />
        <div>
          <h3>It could not be verified</h3>
          <p>
            <SafeText text={failure ?? ''} />
          </p>
          {when}
        </div>
      </div>
    );
  return (
    <>
      <div className={report.ok ? styles.whole : styles.broken} role={report.ok ? 'status' : 'alert'}>
        <Icon name={report.ok ? 'verified' : 'warning'} size={20} />
        <div>
          <h3>{report.ok ? 'The journal is whole' : `${plural(report.problems.length, 'problem')} found`}</h3>
          <p>
            {plural(report.entries, 'entry', 'entries')} in {plural(report.segments, 'segment')} ({bytes(report.bytes)})
            were read again; {count(report.signed)} of them stand under the newest checkpoint.{' '}
            {plural(report.checkpoints, 'kept checkpoint')} {report.checkpoints === 1 ? 'was' : 'were'} compared
            {report.erasedParts > 0 && `; ${plural(report.erasedParts, 'erased part')} still have their fingerprints`}.
          </p>
          {when}
        </div>
      </div>
      {report.problems.length > 0 && (
        <ol className={styles.problems}>
          {report.problems.map(({ file, byte, entry, what }) => (
            <li key={`${file}${byte}${entry}${what}`}>
              <SafeText text={what} />
              <span className="quiet mono">
                <SafeText
                  text={[file, byte !== undefined && `byte ${byte}`, entry !== undefined && `entry ${entry}`]
                    .filter(Boolean)
                    .join(', ')}
                />
              </span>
            </li>
          ))}
        </ol>
      )}
      {report.notes.map((note) => (
        <p key={note} className="quiet">
          <SafeText text={note} />
        </p>
      ))}
    </>
  );
}
