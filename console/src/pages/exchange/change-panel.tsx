// What the call changed: each resource before and after, field by field or as a whole.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { getJson } from '../../api/client.ts';
import type { Exchange, ExchangeChanges, ResourceChange } from '../../api/types.ts';
import { Badge, type Tone } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { bytes, plural } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { ResourceName } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { DifferenceList, StateDiff } from '../../record/diff-view.tsx';

const EFFECTS: Readonly<Record<ResourceChange['effect'], readonly [Tone, string]>> = {
  create: ['green', 'created'],
  update: ['amber', 'changed'],
  delete: ['red', 'deleted'],
  none: ['grey', 'left as it was'],
};
const MADE: Readonly<Record<ResourceChange['made'], string | undefined>> = {
  yes: undefined,
  no: 'not carried out',
  unknown: 'whether it was carried out is not known',
};

export function ChangePanel({ exchange }: { exchange: Exchange }): ReactElement {
  const changes = exchange.changes ?? [];
  if (changes.length === 0)
    return (
      <Panel>
        <EmptyState icon="info" title="No resource is known that it changed" small>
          The operation names none, or Datadog did not say what it made.
        </EmptyState>
      </Panel>
    );
  return (
    <div className="stack">
      {changes.map((change) => (
        <OneChange key={`${change.resource.kind}/${change.resource.id}`} exchange={exchange.id} change={change} />
      ))}
    </div>
  );
}

function OneChange({ exchange, change }: { exchange: string; change: ResourceChange }): ReactElement {
  const { resource, effect, made, changes, serverMade = 0, before, after, omitted } = change;
  const [whole, setWhole] = useState(false);
  const [tone, word] = EFFECTS[effect];
  const unknown = [before, after].flatMap((state) => (state.state === 'unknown' ? [state.why] : []));
  return (
    <Panel
      title={
        <Link to="/resource/$kind/$id" params={{ kind: resource.kind, id: resource.id }}>
          <ResourceName resource={resource} titleFirst />
        </Link>
      }
      actions={
        <span className="row wrap">
          <Badge tone={made === 'yes' ? tone : 'grey'}>{MADE[made] ?? word}</Badge>
          <Button size="small" aria-pressed={whole} onClick={() => setWhole(!whole)}>
            {whole ? 'Fields' : 'Before and after'}
          </Button>
        </span>
      }
    >
      {whole ? (
        <WholeStates exchange={exchange} change={change} />
      ) : (
        <div className="stack">
          {unknown.length > 0 && (
            <p className="quiet">
              What is different is not known in full: <SafeText text={unknown.join('; ')} />
            </p>
          )}
          {omitted !== undefined && <p className="quiet">{bytes(omitted)} of differences are left out here.</p>}
          {changes && changes.length > 0 && <DifferenceList changes={changes} />}
          {changes?.length === 0 && <p className="quiet">Nothing is different apart from what Datadog itself sets.</p>}
          {serverMade > 0 && (
            <p className="quiet">
              {plural(serverMade, 'field')} that Datadog sets itself, such as times of change, differ too.
            </p>
          )}
        </div>
      )}
    </Panel>
  );
}

function WholeStates({ exchange, change }: { exchange: string; change: ResourceChange }): ReactElement {
  const { data, error } = useQuery({
    queryKey: ['exchange', exchange, 'changes'],
    queryFn: ({ signal }) =>
      getJson<ExchangeChanges>(`/api/v1/exchanges/${encodeURIComponent(exchange)}/changes`, {}, signal),
  });
  if (error) return <ErrorState error={error} small />;
  if (data === undefined) return <Loading rows={4} />;
  const told = data.changes.find(
    ({ resource }) => resource.kind === change.resource.kind && resource.id === change.resource.id,
  );
  if (told === undefined) return <EmptyState small title="Its states are not in the record" />;
  const states = [told.before, told.after].map((state) => ('value' in state ? state.value : undefined));
  const why = [told.before, told.after].flatMap((state) =>
    state.state === 'unknown'
      ? [state.why]
      : 'omitted' in state
        ? [`${bytes(state.omitted)} are more than is shown`]
        : [],
  );
  return (
    <div className="stack">
      {why.length > 0 && (
        <p className="quiet">
          <SafeText text={why.join('; ')} />
        </p>
      )}
      <StateDiff before={states[0]} after={states[1]} />
    </div>
  );
}
