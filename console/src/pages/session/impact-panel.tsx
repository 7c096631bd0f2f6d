// Every resource that the session touched, before it and after it.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { getJson } from '../../api/client.ts';
import type { Impact } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { plural, shortId } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { ResourceName } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { DifferenceList, StateDiff } from '../../record/diff-view.tsx';

type Item = Impact['items'][number];

export function ImpactPanel({ session }: { session: string }): ReactElement {
  const { data, error, refetch } = useQuery({
    queryKey: ['impact', session],
    queryFn: ({ signal }) => getJson<Impact>(`/api/v1/sessions/${encodeURIComponent(session)}/impact`, {}, signal),
  });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined)
    return (
      <Panel>
        <Loading what="The impact is worked out" />
      </Panel>
    );
  if (data.items.length === 0)
    return (
      <Panel>
        <EmptyState icon="check" title="Nothing is different">
          This session changed no resource.
        </EmptyState>
      </Panel>
    );
  return (
    <div className="stack">
      {data.items.map((item) => (
        <OneImpact key={`${item.resource.kind}/${item.resource.id}`} item={item} />
      ))}
    </div>
  );
}

function effectOf({ before, after }: Item): readonly ['green' | 'amber' | 'red' | 'grey', string] {
  if (before.state === 'unknown' || after.state === 'unknown') return ['grey', 'not known in full'];
  if (before.state === 'absent')
    return after.state === 'there' ? ['green', 'created'] : ['grey', 'created and deleted'];
  return after.state === 'absent' ? ['red', 'deleted'] : ['amber', 'changed'];
}

function OneImpact({ item }: { item: Item }): ReactElement {
  const { resource, before, after, changes, exchanges, changedSince } = item;
  const [whole, setWhole] = useState(false);
  const [tone, word] = effectOf(item);
  const value = (state: Item['before']): unknown => (state.state === 'there' ? state.value : undefined);
  const why = [before, after].flatMap((state) => (state.state === 'unknown' ? [state.why] : []));
  return (
    <Panel
      title={
        <Link to="/resource/$kind/$id" params={{ kind: resource.kind, id: resource.id }}>
          <ResourceName resource={resource} titleFirst />
        </Link>
      }
      actions={
        <span className="row wrap">
          {changedSince.length > 0 && <Badge tone="violet">changed since</Badge>}
          <Badge tone={tone}>{word}</Badge>
          <Button size="small" aria-pressed={whole} onClick={() => setWhole(!whole)}>
            {whole ? 'Fields' : 'Before and after'}
          </Button>
        </span>
      }
    >
      <div className="stack">
        {why.length > 0 && (
          <p className="quiet">
            <SafeText text={why.join('; ')} />
          </p>
        )}
        {whole ? (
          <StateDiff before={value(before)} after={value(after)} />
        ) : changes && changes.length > 0 ? (
          <DifferenceList changes={changes} />
        ) : (
          <p className="quiet">
            {word === 'changed' ? 'Nothing is different in the end.' : 'All of it; see before and after.'}
          </p>
        )}
        <p className="row wrap quiet">
          by {plural(exchanges.length, 'call')}:
          {exchanges.slice(0, 12).map((id) => (
            <Link key={id} to="/exchange/$id" params={{ id }} className="mono">
              {shortId(id)}
            </Link>
          ))}
        </p>
      </div>
    </Panel>
  );
}
