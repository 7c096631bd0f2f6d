// What each resource that the session touched was at the cursor.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useMemo, useState } from 'react';
import { getJson } from '../../api/client.ts';
import type { ExchangeChanges, Resource, Row } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { bytes, count } from '../../design/format.ts';
import { Icon } from '../../design/icons.tsx';
import { ResourceName } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { linesOfValue } from '../../record/json-lines.ts';
import { JsonView } from '../../record/json-view.tsx';
import { changesSomething } from './calls.ts';
import styles from './session.module.css';

/** A resource, and the numbers of the calls that changed it. */
interface Touched {
  readonly resource: Resource;
  readonly calls: readonly number[];
}

export function StatesPanel({ calls, cursor }: { calls: readonly Row[]; cursor: number }): ReactElement {
  const [open, setOpen] = useState<string>();
  const touched = useMemo(() => touchedBy(calls), [calls]);
  if (touched.length === 0)
    return (
      <EmptyState icon="info" title="It changed nothing" small>
        No call of this session changed a resource.
      </EmptyState>
    );
  return (
    <ul className={styles.states}>
      {touched.map(({ resource, calls: numbers }) => {
        const key = `${resource.kind}/${resource.id}`;
        const done = numbers.filter((n) => n <= cursor);
        return (
          <li key={key}>
            <div className={styles.state}>
              <button
                type="button"
                className={styles.opener}
                aria-expanded={open === key}
                onClick={() => setOpen(open === key ? undefined : key)}
              >
                <Icon name={open === key ? 'down' : 'right'} size={12} />
                <ResourceName resource={resource} titleFirst />
              </button>
              <StateBadge last={calls[(done.at(-1) ?? 0) - 1]} changes={done.length} of={numbers.length} />
            </div>
            {open === key && (
              <div className={styles.opened}>
                <p className="row wrap quiet">
                  Changed by call {numbers.map((n) => count(n)).join(', ')}.
                  <Link to="/resource/$kind/$id" params={{ kind: resource.kind, id: resource.id }}>
                    History
                  </Link>
                </p>
                <StateAt
                  resource={resource}
                  exchange={calls[(done.at(-1) ?? numbers[0] ?? 1) - 1]?.id ?? ''}
                  side={done.length > 0 ? 'after' : 'before'}
                />
              </div>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function StateBadge({ last, changes, of }: { last: Row | undefined; changes: number; of: number }): ReactElement {
  if (last === undefined) return <Badge>not yet touched</Badge>;
  const tone = last.action === 'delete' ? 'red' : last.action === 'create' ? 'green' : 'amber';
  const word = { create: 'created', delete: 'deleted', update: 'changed', execute: 'acted on', read: 'read' };
  return (
    <Badge tone={tone} tip={`${changes} of ${of} calls that change it`}>
      {word[last.action ?? 'update']}
      {changes > 1 && ` · ${changes}×`}
    </Badge>
  );
}

function StateAt({
  resource,
  exchange,
  side,
}: {
  resource: Resource;
  exchange: string;
  side: 'before' | 'after';
}): ReactElement {
  const { data, error } = useQuery({
    queryKey: ['exchange', exchange, 'changes'],
    queryFn: ({ signal }) =>
      getJson<ExchangeChanges>(`/api/v1/exchanges/${encodeURIComponent(exchange)}/changes`, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  const told = data?.changes.find(
    (change) => change.resource.kind === resource.kind && change.resource.id === resource.id,
  );
  const state = told?.[side];
  const lines = useMemo(() => (state && 'value' in state ? linesOfValue(state.value) : undefined), [state]);
  if (error) return <ErrorState error={error} small />;
  if (data === undefined) return <Loading rows={3} />;
  if (lines)
    return <JsonView key={`${exchange}${side}`} lines={lines} label={`${resource.kind} ${resource.id}`} tall={360} />;
  return (
    <p className="quiet">
      {state?.state === 'absent' && 'It was not there.'}
      {state?.state === 'unknown' && (
        <>
          What it was is not known: <SafeText text={state.why} />.
        </>
      )}
      {state?.state === 'there' && 'omitted' in state && `Its ${bytes(state.omitted)} are more than is shown here.`}
      {state === undefined && 'The call does not tell what it was.'}
    </p>
  );
}

/** In the order in which they were first changed. */
function touchedBy(calls: readonly Row[]): Touched[] {
  const touched = new Map<string, { resource: Resource; calls: number[] }>();
  for (const [at, call] of calls.entries()) {
    if (!changesSomething(call) || (call.status ?? 500) >= 400) continue;
    for (const resource of call.resources) {
      const key = `${resource.kind}/${resource.id}`;
      const known = touched.get(key);
      if (known === undefined) touched.set(key, { resource, calls: [at + 1] });
      else {
        known.calls.push(at + 1);
        known.resource = { ...known.resource, ...resource };
      }
    }
  }
  return [...touched.values()];
}
