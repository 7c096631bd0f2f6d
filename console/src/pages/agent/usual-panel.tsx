// What an identity usually does: operations, resource kinds, connections, and from where and as what it calls. Each leads to its calls.
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';
import { getJson } from '../../api/client.ts';
import type { Facets } from '../../api/types.ts';
import { shortCount } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { quoteValue } from '../../design/query-text.ts';
import { OperationName } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { viewerZone } from '../../design/zone.ts';
import { SPANS, type SpanId } from '../../people/questions.ts';
import styles from './agent.module.css';

const FIELDS = ['op', 'resource', 'connection', 'client', 'source'] as const;
/** Values shown of each. Kinds of resources are summed up from more of them. */
const SHOWN = 6;

const usualQuery = (q: string) =>
  queryOptions({
    queryKey: ['agent', 'usual', q],
    queryFn: ({ signal }) =>
      getJson<Facets>('/api/v1/search/facets', { q, field: FIELDS.join(','), limit: 100, tz: viewerZone() }, signal),
  });

type Value = { readonly value: string; readonly count: number };

export function UsualPanel({ q, span }: { q: string; span: SpanId }): ReactElement {
  const within = `${q} since:${span}`;
  const { data, error, refetch } = useQuery({ ...usualQuery(within), placeholderData: keepPreviousData });
  const of = (field: (typeof FIELDS)[number]): readonly Value[] =>
    data?.facets.find((facet) => facet.field === field)?.values ?? [];
  return (
    <Panel title="What it usually does" note={`over ${SPANS.find(({ id }) => id === span)?.label}`}>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : data === undefined ? (
        <Loading rows={6} what="Its calls are counted" />
      ) : of('op').length === 0 ? (
        <EmptyState small title="It made no call in this time">
          Look over a longer time.
        </EmptyState>
      ) : (
        <div className={styles.usual}>
          <Bars
            title="Operations"
            values={of('op')}
            q={(value) => `${within} op:${quoteValue(value)}`}
            show={(value) => <OperationName operation={value} />}
          />
          <Bars
            title="Kinds of resources"
            values={kindsOf(of('resource'))}
            q={(value) => `${within} resource:${quoteValue(value)}`}
          />
          <Bars
            title="Connections"
            values={of('connection')}
            q={(value) => `${within} connection:${quoteValue(value)}`}
          />
          <Bars title="Claims to be" values={of('client')} q={(value) => `${within} client:${quoteValue(value)}`} />
          <Bars title="Calls from" values={of('source')} q={(value) => `${within} source:${quoteValue(value)}`} />
        </div>
      )}
    </Panel>
  );
}

/** `monitor/12` and `monitor/13` together as `monitor`. */
export function kindsOf(resources: readonly Value[]): Value[] {
  const kinds = new Map<string, number>();
  for (const { value, count } of resources) {
    const kind = value.split('/', 1)[0] ?? value;
    kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  }
  return [...kinds].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
}

function Bars({
  title,
  values,
  q,
  show,
}: {
  title: string;
  values: readonly Value[];
  q: (value: string) => string;
  show?: (value: string) => ReactNode;
}): ReactElement | null {
  if (values.length === 0) return null;
  const most = Math.max(1, ...values.map(({ count }) => count));
  const rest = values.length - SHOWN;
  return (
    <section>
      <h3 className={styles.head}>{title}</h3>
      <ul className={styles.bars}>
        {values.slice(0, SHOWN).map(({ value, count }) => (
          <li key={value}>
            <Link to="/search" search={{ q: q(value) }} className={styles.bar}>
              <span className={styles.fill} style={{ width: `${(count / most) * 100}%` }} aria-hidden="true" />
              <span className={styles.value}>{show?.(value) ?? <SafeText text={value} most={120} />}</span>
              <span className="num">{shortCount(count)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {rest > 0 && <p className="quiet">and {rest === 100 - SHOWN ? 'many others' : `${rest} more`}</p>}
    </section>
  );
}
