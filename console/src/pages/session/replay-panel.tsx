// The session done again in a sandbox: progress, where it went another way and why, and what it comes to.
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import type { ReplayDone, ReplayStep } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { count, plural } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { ActionTag, HttpStatus, OperationName } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Progress } from '../../design/states.tsx';
import { type Column, Table } from '../../design/table.tsx';
import { Segments } from '../../design/tabs.tsx';
import { DifferenceList } from '../../record/diff-view.tsx';
import { type ReplayRun, useReplay } from './replay.ts';
import styles from './session.module.css';

const MOST = 300;
const HOW: Readonly<Record<ReplayStep['how'], string>> = {
  executed: 'done again',
  'from-recording': 'taken from the record',
  skipped: 'left out',
  'stepped-over': 'stepped over',
};

export function ReplayPanel({ session, calls }: { session: string; calls: number }): ReactElement {
  const { run, start, cancel } = useReplay(session);
  const [skip, setSkip] = useState('');
  const numbers = skip.split(/[\s,]+/).filter((each) => each !== '');
  const wrong = numbers.find((each) => !/^\d+$/.test(each) || Number(each) < 1 || Number(each) > calls);
  return (
    <div className="stack">
      <Panel title="Replay in a sandbox">
        <div className="stack">
          <p>
            Every call of the session is verified against the log, and done again in a Datadog that forgets. Nothing
            reaches your organisation. Leave out calls to see what would not have happened.
          </p>
          <form
            className={styles.form}
            onSubmit={(event) => {
              event.preventDefault();
              if (wrong === undefined) void start(numbers.map(Number));
            }}
          >
            <label>
              Leave out calls{' '}
              <input
                value={skip}
                onChange={(event) => setSkip(event.target.value)}
                placeholder="none, or 4, 17"
                aria-invalid={wrong !== undefined}
                aria-describedby="skip-problem"
              />
            </label>
            {run.state === 'running' ? (
              <Button icon="cross" onClick={cancel}>
                Stop
              </Button>
            ) : (
              <Button type="submit" kind="primary" icon="play" disabled={wrong !== undefined}>
                {run.state === 'idle' ? 'Replay' : 'Replay again'}
              </Button>
            )}
            <span id="skip-problem" className={styles.problem}>
              {wrong !== undefined && `The session has calls 1 to ${count(calls)}.`}
            </span>
          </form>
          {run.state === 'running' && (
            <Progress
              label={run.calls === undefined ? 'The record is verified' : 'Calls are done again'}
              value={run.calls === undefined ? undefined : run.steps.length}
              max={run.calls ?? 1}
              note={run.calls === undefined ? undefined : `${count(run.steps.length)} of ${count(run.calls)}`}
            />
          )}
          {run.state === 'failed' && <ErrorState error={run.error} small />}
        </div>
      </Panel>
      {run.done && <Outcome done={run.done} />}
      {run.steps.length > 0 && <Steps run={run} />}
      {run.done && run.done.impact.length > 0 && <ReplayImpact done={run.done} />}
    </div>
  );
}

function Outcome({ done }: { done: ReplayDone }): ReactElement {
  const same = done.divergences === 0 && done.missing.length === 0;
  return (
    <section className={same ? styles.good : styles.other} aria-live="polite">
      <h2>{same ? 'It went as it was recorded' : 'It went another way'}</h2>
      <p>
        {plural(done.verified.entries, 'entry', 'entries')} of the log were verified first.{' '}
        {done.origin.resources > 0 &&
          `The sandbox began with ${plural(done.origin.resources, 'resource')} that the record shows. `}
        {same
          ? 'Every answer has the status, shape and values of the recorded one, and the same resources are different in the end.'
          : `${plural(done.divergences, 'divergence')}${done.missing.length > 0 ? `, and ${plural(done.missing.length, 'resource')} that the session changed and the replay did not` : ''}.`}
      </p>
      {done.missing.map(({ kind, id, because }) => (
        <p key={`${kind}/${id}`}>
          <span className="mono">
            <SafeText text={`${kind}/${id}`} />
          </span>
          : <SafeText text={because} />
        </p>
      ))}
    </section>
  );
}

function Steps({ run }: { run: ReplayRun }): ReactElement {
  const [which, setWhich] = useState<'divergent' | 'changes' | 'all'>('all');
  const shown = run.steps.filter(
    ({ divergences, changes }) =>
      which === 'all' || (which === 'divergent' ? divergences.length > 0 : changes.length > 0),
  );
  const columns: Column<ReplayStep>[] = [
    { title: '#', cell: ({ n }) => count(n), end: true, width: 48 },
    {
      title: 'Call',
      cell: ({ operation, action, exchange }) => (
        <Link to="/exchange/$id" params={{ id: exchange }} className="row">
          {action && <ActionTag action={action} />}
          <OperationName operation={operation} />
        </Link>
      ),
    },
    {
      title: 'Recorded',
      cell: ({ status }) => (status.recorded === undefined ? '' : <HttpStatus status={status.recorded} />),
      width: 88,
    },
    {
      title: 'Now',
      cell: ({ status, how }) =>
        status.actual === undefined ? <span className="quiet">{HOW[how]}</span> : <HttpStatus status={status.actual} />,
      width: 160,
    },
    {
      title: 'Difference',
      cell: (step) => <StepDifference step={step} />,
    },
  ];
  return (
    <Panel
      title="Call by call"
      note={plural(run.steps.length, 'call')}
      flush
      actions={
        <Segments
          label="Which calls are shown"
          options={[
            { id: 'all', label: 'All' },
            { id: 'changes', label: 'Changes' },
            { id: 'divergent', label: 'Divergent' },
          ]}
          value={which}
          onChange={setWhich}
        />
      }
    >
      <Table
        caption="Calls of the replay"
        columns={columns}
        items={shown.slice(-MOST)}
        keyOf={({ n }) => String(n)}
        empty={
          <EmptyState icon="check" title={which === 'divergent' ? 'No call went another way' : 'No such call'} small />
        }
      />
      {shown.length > MOST && <p className={styles.more}>The last {count(MOST)} are shown.</p>}
    </Panel>
  );
}

function StepDifference({ step }: { step: ReplayStep }): ReactElement {
  const { divergences, changes, why } = step;
  if (divergences.length > 0) {
    return (
      <details className={styles.divergence}>
        <summary>
          <Badge tone="red">{plural(divergences.length, 'divergence')}</Badge>{' '}
          <SafeText text={divergences[0]?.because ?? ''} most={160} />
        </summary>
        <ul>
          {divergences.slice(0, 20).map(({ where, path, recorded, actual }) => (
            <li key={`${where}${path}`} className="mono">
              <SafeText text={path === '' ? where : path} />:{' '}
              <SafeText text={JSON.stringify(recorded) ?? 'nothing'} most={200} />
              {' → '}
              <SafeText text={JSON.stringify(actual) ?? 'nothing'} most={200} />
            </li>
          ))}
        </ul>
      </details>
    );
  }
  if (why) return <SafeText text={why} most={200} />;
  return (
    <span className="row wrap">
      {changes.map(({ kind, id, effect }) => (
        <Badge key={`${kind}/${id}`} tone={effect === 'created' ? 'green' : effect === 'deleted' ? 'red' : 'amber'}>
          {effect} <SafeText text={`${kind}/${id}`} />
        </Badge>
      ))}
    </span>
  );
}

function ReplayImpact({ done }: { done: ReplayDone }): ReactElement {
  return (
    <Panel title="What it comes to" note={plural(done.impact.length, 'resource')}>
      <div className="stack">
        {done.impact.map((item) => (
          <section key={`${item.connection}/${item.kind}/${item.id}`} className={styles.impact}>
            <div className="spread">
              <h3>
                <SafeText text={item.title ?? `${item.kind}/${item.id}`} />
              </h3>
              <span className="row">
                {item.asRecorded === true && <Badge tone="green">as recorded</Badge>}
                {item.asRecorded === false && <Badge tone="red">other than recorded</Badge>}
                <Badge>{item.effect}</Badge>
              </span>
            </div>
            {item.changes.length > 0 && <DifferenceList changes={item.changes} />}
          </section>
        ))}
      </div>
    </Panel>
  );
}
