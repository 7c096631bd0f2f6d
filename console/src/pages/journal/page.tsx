// The journal: what is durable, signed and witnessed; verified from end to end on demand; what is kept, and what is held.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { getJson } from '../../api/client.ts';
import { statusQuery } from '../../api/queries.ts';
import type { JournalState, Status as StatusOf } from '../../api/types.ts';
import { Badge, Status } from '../../design/badge.tsx';
import { CopyableId } from '../../design/copy-button.tsx';
import { bytes, count, duration, plural } from '../../design/format.ts';
import { Facts, Page, Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { type Column, Table } from '../../design/table.tsx';
import { Time } from '../../design/time.tsx';
import { Holds } from './holds.tsx';
import styles from './journal.module.css';
import { VerifyPanel } from './verify-panel.tsx';

export function JournalPage(): ReactElement {
  const journal = useQuery({
    queryKey: ['journal'],
    queryFn: ({ signal }) => getJson<JournalState>('/api/v1/journal', {}, signal),
    refetchInterval: 10_000,
  });
  const status = useQuery(statusQuery);
  const error = journal.error ?? status.error;
  return (
    <Page
      title="Journal"
      lead="Everything that was asked and answered, in a log that nobody can alter without being noticed."
    >
      {error ? (
        <ErrorState
          error={error}
          onRetry={() => {
            void journal.refetch();
            void status.refetch();
          }}
        />
      ) : journal.data === undefined || status.data === undefined ? (
        <Panel>
          <Loading rows={8} what="The state of the journal loads" />
        </Panel>
      ) : (
        <div className={styles.columns}>
          <div className="stack">
            <VerifyPanel />
            <Witnessing status={status.data} />
            <Holds />
          </div>
          <div className="stack">
            <State journal={journal.data} status={status.data} />
            <Retention journal={journal.data} />
          </div>
        </div>
      )}
    </Page>
  );
}

function State({ journal, status }: { journal: JournalState; status: StatusOf }): ReactElement {
  const { checkpoint, size, state, origin, keys, segments } = journal;
  const { index } = status;
  const behind = Math.max(0, size - index.indexedThrough);
  return (
    <Panel title="State">
      <Facts
        items={[
          [
            'Takes entries',
            <Status key="state" tone={state === 'ok' ? 'green' : 'red'}>
              {state === 'ok' ? 'yes' : <SafeText text={state} />}
            </Status>,
          ],
          ['Log', <SafeText key="origin" text={origin} />],
          ['Entries', <span key="size">{`${count(size)} in ${plural(segments, 'segment')}`}</span>],
          [
            'Checkpoint',
            checkpoint && (
              <span>
                over {count(checkpoint.size)}, <Time time={checkpoint.time} show="ago" />
                {size > checkpoint.size && (
                  <span className="quiet"> · {plural(size - checkpoint.size, 'newer entry', 'newer entries')}</span>
                )}
              </span>
            ),
          ],
          ['Root', checkpoint?.root && <CopyableId id={checkpoint.root} what="root" />],
          [
            keys.length === 1 ? 'Key' : 'Keys',
            <div key="keys" className={styles.keys}>
              {keys.map((key) => (
                <CopyableId key={key} id={key} what="verifier key" />
              ))}
            </div>,
          ],
          [
            'Index',
            <span key="index">
              {behind === 0 ? 'has all of it' : `is ${plural(behind, 'entry', 'entries')} behind`}
              <span className="quiet"> · {bytes(index.bytes)}</span>
            </span>,
          ],
          ['Rebuilt', index.rebuilt && <SafeText text={index.rebuilt} />],
          ['Failure', index.failure && <SafeText text={index.failure} />],
        ]}
      />
      <p className={styles.note}>
        Anybody may read the log and its checkpoints at <a href="/tlog/checkpoint">/tlog/</a>; they tell nothing of what
        was said. Keep a copy of a checkpoint elsewhere, and no history before it can be rewritten.
      </p>
    </Panel>
  );
}

type Outlet = StatusOf['witnessing']['witnesses'][number];

function Witnessing({ status }: { status: StatusOf }): ReactElement {
  const { witnesses, copies, needed, witnessed } = status.witnessing;
  const rows = [
    ...witnesses.map((each) => ({ ...each, kind: 'witness' })),
    ...copies.map((each) => ({ ...each, kind: 'copy' })),
  ];
  const columns: Column<Outlet & { kind: string }>[] = [
    {
      title: 'Name',
      cell: ({ name, kind }) => (
        <span className="row">
          <SafeText text={name} /> <span className="quiet">{kind}</span>
        </span>
      ),
    },
    { title: 'Entries', cell: ({ size }) => count(size), end: true, width: 100 },
    { title: 'Last', cell: ({ time }) => (time === undefined ? 'never' : <Time time={time} show="ago" />), width: 120 },
    {
      title: 'State',
      cell: ({ conflict, problem, failures }) =>
        conflict ? (
          <Badge tone="red" tip="It contradicts this log: history was rewritten or rolled back.">
            contradicts
          </Badge>
        ) : problem !== undefined ? (
          <Badge tone="amber" tip={problem}>
            {plural(failures, 'failure')}
          </Badge>
        ) : (
          <Status tone="green">agrees</Status>
        ),
      width: 130,
    },
  ];
  return (
    <Panel
      title="Witnesses"
      note={
        witnesses.length > 0
          ? `${plural(needed, 'cosignature')} needed${witnessed ? `; ${plural(witnessed.size, 'entry', 'entries')} witnessed` : ''}`
          : undefined
      }
      flush
    >
      <Table
        caption="Witnesses and copies of checkpoints"
        columns={columns}
        items={rows}
        keyOf={({ kind, name }) => `${kind} ${name}`}
        empty={
          <EmptyState icon="verified" title="Nobody else holds what the journal signed" small>
            With a witness, or a copy elsewhere, even somebody who has every key of this machine cannot rewrite history
            unnoticed. Name them under <code>checkpoints</code> in the configuration.
          </EmptyState>
        }
      />
    </Panel>
  );
}

function Retention({ journal: { retention } }: { journal: JournalState }): ReactElement {
  const { rules, runs, last, records, bytes: freed, held, failure } = retention;
  return (
    <Panel title="Retention">
      {rules.length === 0 ? (
        <p className="quiet">Nothing is erased by itself: no rule is configured.</p>
      ) : (
        <div className="stack">
          <ul className={styles.rules}>
            {rules.map(({ name, records: what, parts, after }) => (
              <li key={name}>
                <strong>
                  <SafeText text={name} />
                </strong>
                <span>
                  {what.join(', ')}: {parts.join(', ')} after {duration(after)}
                </span>
              </li>
            ))}
          </ul>
          <p className="quiet">
            {runs === 0 || last === undefined ? (
              'It has not run since the gateway started.'
            ) : (
              <>
                Last run <Time time={last} show="ago" />: {plural(records, 'record')}, {bytes(freed)} erased
                {held > 0 && `, ${plural(held, 'record')} held`}.
              </>
            )}
          </p>
          {failure && (
            <p className={styles.bad}>
              <SafeText text={failure} />
            </p>
          )}
        </div>
      )}
      <p className={styles.note}>
        What is erased leaves its entry and its fingerprint in the log, so that it still verifies.{' '}
        <Link to="/search" search={{ q: 'kind:journal.erased' }}>
          What was erased
        </Link>
      </p>
    </Panel>
  );
}
