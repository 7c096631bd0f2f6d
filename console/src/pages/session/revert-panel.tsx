// The calls that undo the session; sending them is asked about first, and goes through the gateway under the person's own name.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { getJson, postJson } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import type { Revert, Reverted } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { Confirm } from '../../design/dialog.tsx';
import { plural } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { HttpStatus, ResourceName } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { DifferenceList } from '../../record/diff-view.tsx';
import { linesOfValue } from '../../record/json-lines.ts';
import { JsonView } from '../../record/json-view.tsx';
import styles from './session.module.css';

/** @param of a session or an exchange */
export function RevertPanel({ of }: { of: string }): ReactElement {
  const may = useMay('operator');
  const client = useQueryClient();
  const path = `/api/v1/revert/${encodeURIComponent(of)}`;
  const { data, error, refetch } = useQuery({
    queryKey: ['revert', of],
    queryFn: ({ signal }) => getJson<Revert>(path, {}, signal),
  });
  const [asking, setAsking] = useState(false);
  const apply = useMutation({
    mutationFn: (force: boolean) => postJson<Reverted>(`${path}/apply`, { force }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['impact'] }),
  });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined)
    return (
      <Panel>
        <Loading what="The plan is made" />
      </Panel>
    );
  const conflicts = apply.data?.session === undefined ? (apply.data?.conflicts ?? []) : [];
  return (
    <div className="stack">
      {apply.error && <ErrorState error={apply.error} small />}
      {apply.data?.session !== undefined && <Results done={apply.data} />}
      {conflicts.length > 0 && (
        <Panel title="Nothing was sent: something was changed since">
          <div className="stack">
            {conflicts.map(({ step, resource, why, changes }) => (
              <section key={step}>
                <h3>
                  {step}. <SafeText text={resource} />: <SafeText text={why} />
                </h3>
                {changes && <DifferenceList changes={changes} />}
              </section>
            ))}
            <div className="row">
              <Button kind="danger" busy={apply.isPending} onClick={() => apply.mutate(true)}>
                Put it back all the same
              </Button>
              <span className="quiet">What was changed since is lost then.</span>
            </div>
          </div>
        </Panel>
      )}
      <Panel
        title="Plan"
        note={plural(data.steps.length, 'call')}
        actions={
          may &&
          data.steps.length > 0 &&
          apply.data?.session === undefined && (
            <Button kind="danger" busy={apply.isPending} onClick={() => setAsking(true)}>
              Revert…
            </Button>
          )
        }
      >
        {data.steps.length === 0 ? (
          <EmptyState icon="check" title="There is nothing to put back" small>
            The session changed nothing that a call could undo.
          </EmptyState>
        ) : (
          <ol className={styles.plan}>
            {data.steps.map((step, at) => (
              <PlanStep key={`${step.call.method}${step.call.target}`} step={step} n={at + 1} />
            ))}
          </ol>
        )}
        {!may && data.steps.length > 0 && <p className="quiet">Sending them needs the role operator.</p>}
      </Panel>
      {data.left.length > 0 && (
        <Panel title="What cannot be put back" note={plural(data.left.length, 'resource')}>
          <ul className={styles.left}>
            {data.left.map(({ resource, exchange, why }) => (
              <li key={`${exchange}${resource.kind}${resource.id}`}>
                <Link to="/exchange/$id" params={{ id: exchange }}>
                  <ResourceName resource={resource} titleFirst />
                </Link>
                <span className="quiet">
                  <SafeText text={why.join('; ')} />
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {asking && (
        <Confirm
          title={`Send ${plural(data.steps.length, 'call')} to Datadog?`}
          act="Revert"
          onConfirm={() => {
            setAsking(false);
            apply.mutate(false);
          }}
          onClose={() => setAsking(false)}
        >
          <p>
            They go through the gateway under your own name: policy judges them, and they are recorded like any other
            call. Nothing is sent when a resource is no longer as the session left it.
          </p>
          <ul className={styles.left}>
            {data.steps.map(({ resource, call }) => (
              <li key={`${call.method}${call.target}`}>
                <span>{call.does}</span>
                <ResourceName resource={resource} titleFirst />
              </li>
            ))}
          </ul>
        </Confirm>
      )}
    </div>
  );
}

function PlanStep({ step, n }: { step: Revert['steps'][number]; n: number }): ReactElement {
  const { call, resource, cannot, changedSince, connection } = step;
  const [open, setOpen] = useState(false);
  return (
    <li>
      <div className="spread">
        <span className="row wrap">
          <span className="quiet">{n}.</span>
          <Badge tone={call.does === 'delete' ? 'red' : call.does === 'create' ? 'green' : 'amber'}>{call.does}</Badge>
          <ResourceName resource={resource} titleFirst />
        </span>
        <span className="row">
          {changedSince.length > 0 && <Badge tone="violet">changed since</Badge>}
          {call.body !== undefined && (
            <Button size="small" kind="ghost" aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? 'Hide body' : 'Body'}
            </Button>
          )}
        </span>
      </div>
      <p className={styles.planned}>
        <span className="mono">
          {call.method} <SafeText text={call.target} />
        </span>
        {connection && (
          <span className="quiet">
            on <SafeText text={connection} />
          </span>
        )}
      </p>
      {cannot.length > 0 && (
        <p className="quiet">
          It does not put back: <SafeText text={cannot.join('; ')} />
        </p>
      )}
      {open && <JsonView lines={linesOfValue(call.body)} label={`Body of call ${n}`} tall={320} />}
    </li>
  );
}

function Results({ done }: { done: Reverted }): ReactElement {
  const failed = done.results.find(({ error }) => error !== undefined);
  return (
    <section className={failed ? styles.other : styles.good} aria-live="polite">
      <h2>{failed ? 'It was put back in part' : 'It was put back'}</h2>
      <ul className={styles.left}>
        {done.results.map(({ step, resource, status, exchange, restored, error }) => (
          <li key={step}>
            <span>
              {step}. <SafeText text={resource} />
            </span>
            <HttpStatus status={status} />
            <span>
              {error !== undefined ? (
                <SafeText text={error} most={300} />
              ) : restored === true ? (
                'as it was before'
              ) : restored === false ? (
                'not quite as it was before'
              ) : (
                'sent'
              )}
            </span>
            {exchange && (
              <Link to="/exchange/$id" params={{ id: exchange }}>
                the call
              </Link>
            )}
          </li>
        ))}
      </ul>
      {done.session && (
        <p>
          <Link to="/search" search={{ q: `session:${done.session}*` }}>
            All calls of it
          </Link>
        </p>
      )}
    </section>
  );
}
