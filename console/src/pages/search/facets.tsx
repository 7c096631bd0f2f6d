// The most frequent values among what matches: a click asks for one, another takes it back, and each can be left out.
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { getJson } from '../../api/client.ts';
import type { Facets as FacetsResult } from '../../api/types.ts';
import { IconButton } from '../../design/button.tsx';
import { classes } from '../../design/classes.ts';
import { shortCount } from '../../design/format.ts';
import { visible } from '../../design/hostile.ts';
import { Icon } from '../../design/icons.tsx';
import { addTerm, removeTerm, senseOf } from '../../design/query-text.ts';
import { SafeText } from '../../design/safe-text.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { viewerZone } from '../../design/zone.ts';
import styles from './search.module.css';

const SHOWN = [
  ['who', 'Who'],
  ['action', 'Does'],
  ['op', 'Operation'],
  ['verdict', 'Verdict'],
  ['outcome', 'Outcome'],
  ['status', 'Status'],
  ['risk', 'Risk'],
  ['tag', 'Tag'],
  ['resource', 'Resource'],
  ['metric', 'Metric'],
  ['connection', 'Connection'],
  ['client', 'Claims to be'],
] as const;
const FEW = 5;

export const facetsQuery = (q: string) =>
  queryOptions({
    queryKey: ['search', 'facets', q],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      getJson<FacetsResult>(
        '/api/v1/search/facets',
        { q, tz: viewerZone(), field: SHOWN.map(([field]) => field).join(','), limit: 20 },
        signal,
      ),
  });

export function Facets({
  q,
  enabled,
  onChange,
}: {
  q: string;
  enabled: boolean;
  onChange: (q: string) => void;
}): ReactElement {
  const { data, error, refetch, isPlaceholderData } = useQuery({ ...facetsQuery(q), enabled });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} small />;
  if (!data) return <Loading rows={8} what="Counting" />;
  const filled = SHOWN.flatMap(([field, title]) => {
    const { values = [], since } = data.facets.find((facet) => facet.field === field) ?? {};
    return values.length === 0 ? [] : [{ field, title, values, since }];
  });
  return (
    <div className={classes(styles.facets, isPlaceholderData && styles.stale)}>
      {filled.map((facet) => (
        <Facet key={facet.field} {...facet} q={q} onChange={onChange} />
      ))}
      {filled.length === 0 && <p className="quiet">Nothing to count.</p>}
    </div>
  );
}

function Facet({
  field,
  title,
  values,
  since,
  q,
  onChange,
}: {
  field: string;
  title: string;
  values: readonly { value: string; count: number }[];
  /** Only what matched from then on was counted. */
  since: number | undefined;
  q: string;
  onChange: (q: string) => void;
}): ReactElement {
  const [all, setAll] = useState(false);
  const most = Math.max(...values.map(({ count }) => count));
  const shown = all ? values : values.slice(0, FEW);
  return (
    <section aria-label={title}>
      <h2 className={styles.facetTitle}>{title}</h2>
      <ul>
        {shown.map(({ value, count }) => {
          const sense = senseOf(q, field, value);
          return (
            <li key={value} className={styles.facet}>
              <button
                type="button"
                className={styles.value}
                aria-pressed={sense === 'in'}
                data-tip={value.length > 22 ? visible(value) : undefined}
                onClick={() => onChange(sense === 'in' ? removeTerm(q, field, value) : addTerm(q, field, value))}
              >
                <span className={styles.share} style={{ width: `${(count / most) * 100}%` }} />
                <span className={classes('truncate', styles.name)}>
                  {sense === 'in' && <Icon name="check" size={12} />}
                  <SafeText text={value === '' ? '(empty)' : value} most={120} />
                </span>
                <span className="quiet">{shortCount(count)}</span>
              </button>
              <IconButton
                icon="refused"
                size="small"
                label={`Leave out ${visible(value)}`}
                tip="Leave out"
                onClick={() => onChange(addTerm(q, field, value, true))}
              />
            </li>
          );
        })}
      </ul>
      {since !== undefined && (
        <p className="quiet">
          Since <Time time={since} />
        </p>
      )}
      {values.length > FEW && (
        <button type="button" className={styles.more} onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? 'Fewer' : `${values.length - FEW} more`}
        </button>
      )}
    </section>
  );
}
