// The proof, checked in this browser: what was fetched, what was computed here, and what that shows, in plain words.
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useState } from 'react';
import { getText } from '../../api/client.ts';
import type { Exchange } from '../../api/types.ts';
import { buttonClass } from '../../design/button.tsx';
import { CopyableId } from '../../design/copy-button.tsx';
import { bytes, count, plural } from '../../design/format.ts';
import { Icon } from '../../design/icons.tsx';
import { Facts, Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { fingerprintOf, readVerifierKeys, type VerifierKey } from '../../proof/note.ts';
import { ProofError, type ProvenExchange, verifyExchange } from '../../proof/verify.ts';
import styles from './exchange.module.css';

/** The key that this browser saw first; another one later is told. */
const SEEN = 'dogwatch-log-key';

interface Checked {
  readonly proven?: ProvenExchange;
  readonly failed?: string;
  readonly fingerprint: string;
  /** How the key stands to the one that this browser saw first. */
  readonly key: 'same' | 'first' | 'other';
  readonly size: number;
}

async function check(id: string, signal: AbortSignal): Promise<Checked> {
  const [file, text] = await Promise.all([
    getText(`/api/v1/exchanges/${encodeURIComponent(id)}/proof`, {}, signal),
    getText('/tlog/vkey', {}, signal),
  ]);
  const keys: VerifierKey[] = await readVerifierKeys(text);
  const fingerprint = await fingerprintOf(keys);
  const told = { fingerprint, key: remembered(fingerprint), size: file.length };
  try {
    return { ...told, proven: await verifyExchange(file, id, keys) };
  } catch (error) {
    if (error instanceof ProofError) return { ...told, failed: error.message };
    throw error;
  }
}

function remembered(fingerprint: string): Checked['key'] {
  try {
    const seen = localStorage.getItem(SEEN);
    if (seen === null) localStorage.setItem(SEEN, fingerprint);
    return seen === null ? 'first' : seen === fingerprint ? 'same' : 'other';
  } catch {
    return 'first';
  }
}

export function ProofPanel({ exchange }: { exchange: Exchange }): ReactElement {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['proof', exchange.id],
    queryFn: ({ signal }) => check(exchange.id, signal),
    retry: false,
    gcTime: 0,
  });
  if (error)
    return (
      <Panel>
        <ErrorState error={error} onRetry={() => void refetch()} />
      </Panel>
    );
  if (data === undefined || isFetching)
    return (
      <Panel title="Proof">
        <Loading what="The proof is fetched and checked" />
      </Panel>
    );
  return <Result exchange={exchange} checked={data} />;
}

function Result({ exchange, checked }: { exchange: Exchange; checked: Checked }): ReactElement {
  const { proven, failed, fingerprint, key, size } = checked;
  const [details, setDetails] = useState(false);
  const parts = proven?.entries.flatMap((entry) => Object.values(entry.parts)) ?? [];
  const opened = parts.filter((part) => typeof part === 'number');
  return (
    <div className="stack">
      <section className={proven ? styles.proven : styles.disproven} aria-live="polite">
        <Icon name={proven ? 'verified' : 'warning'} size={20} />
        <div>
          <h2>{proven ? 'This exchange stands in the log as it was recorded' : 'The proof does not hold'}</h2>
          <p>
            {proven
              ? 'Your browser computed every step below itself. Whoever alters one byte of what you see, or takes the entry out of the log, breaks it.'
              : `${failed}. What is shown here is not what was recorded, or the log was altered. Do not rely on it; run dogwatch verify beside the gateway, and compare with a witness.`}
          </p>
        </div>
      </section>
      {proven && (
        <Panel title="What was checked">
          <ol className={styles.steps}>
            <Step title={`The ${plural(opened.length, 'part')} of it were hashed`}>
              {bytes(opened.reduce((sum, part) => sum + part, 0))} of summary and bodies, each with its own random salt,
              give the fingerprints that its {plural(proven.entries.length, 'entry', 'entries')} in the log committed
              to.
            </Step>
            <Step title={`${plural(proven.hashes, 'hash', 'hashes')} lead to the root`}>
              From {proven.entries.length === 1 ? 'entry' : 'entries'}{' '}
              {proven.entries.map(({ index }) => count(index)).join(', ')}, hashing upwards, to the one root of all{' '}
              {count(proven.size)} entries of the log. Any other entry at that place would give another root.
            </Step>
            <Step title="The root is signed">
              The checkpoint of <SafeText text={proven.origin} /> carries the Ed25519 signature of the log’s key
              {proven.others.length > 0 && (
                <>
                  , and countersignatures of <SafeText text={proven.others.join(', ')} />, whose keys this page does not
                  know
                </>
              )}
              .
            </Step>
          </ol>
          {proven.notes.map((note) => (
            <p key={note} className="quiet">
              {note}
            </p>
          ))}
        </Panel>
      )}
      <Panel title="Whose signature">
        <div className="stack">
          <Facts
            items={[
              ['Key fingerprint', <CopyableId key="key" id={fingerprint} what="key fingerprint" />],
              ['Root', proven && <CopyableId id={proven.root} what="root" />],
              ['Exchange', <CopyableId key="id" id={exchange.id} what="exchange id" />],
            ]}
          />
          <p className={key === 'other' ? styles.warn : 'quiet'}>
            {key === 'same' && 'It is the key that this browser saw first. '}
            {key === 'first' && 'This browser sees the key for the first time, and remembers it. '}
            {key === 'other' &&
              'It is not the key that this browser saw first. Keys are rotated, and journals made anew; if neither was announced, ask. '}
            The key came from this gateway: compare the fingerprint with one that you were given another way, or check
            the file with `dogwatch verify-proof` and the key you keep.
          </p>
          <div className="row wrap">
            <a
              href={`/api/v1/exchanges/${encodeURIComponent(exchange.id)}/proof`}
              download={`${exchange.id}.proof`}
              className={buttonClass()}
            >
              Download proof ({bytes(size)})
            </a>
            <button
              type="button"
              className={buttonClass('ghost')}
              aria-expanded={details}
              onClick={() => setDetails(!details)}
            >
              {details ? 'Hide entries' : 'Show entries'}
            </button>
          </div>
          {details && proven && (
            <ul className={styles.entries}>
              {proven.entries.map((entry) => (
                <li key={entry.index}>
                  <strong className="mono">{count(entry.index)}</strong> {entry.kind}, <Time time={entry.time} ms />:{' '}
                  {Object.entries(entry.parts)
                    .map(([name, part]) => `${name} ${typeof part === 'number' ? bytes(part) : part}`)
                    .join(', ')}
                </li>
              ))}
            </ul>
          )}
        </div>
      </Panel>
    </div>
  );
}

const Step = ({ title, children }: { title: string; children: ReactNode }): ReactElement => (
  <li>
    <strong>{title}</strong>
    <p>{children}</p>
  </li>
);
