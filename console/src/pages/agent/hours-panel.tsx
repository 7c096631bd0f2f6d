// When an identity calls: the hours of the week, over four weeks, as a strip that shows at a glance what would be unusual.
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { getJson } from '../../api/client.ts';
import type { Histogram } from '../../api/types.ts';
import { count, plural } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { viewerZone } from '../../design/zone.ts';
import styles from './agent.module.css';
import { busiest, hoursOf, shadeOf } from './hours.ts';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const clock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

export function HoursPanel({ q }: { q: string }): ReactElement {
  const { data, error, refetch } = useQuery({
    queryKey: ['agent', 'hours', q],
    staleTime: 300_000,
    queryFn: ({ signal }) =>
      getJson<Histogram>(
        '/api/v1/search/histogram',
        { q: `${q} since:28d`, width: 3_600_000, tz: viewerZone() },
        signal,
      ),
  });
  const hours = data && hoursOf(data.buckets);
  const most = hours && busiest(hours);
  return (
    <Panel title="When it calls" note={`the last 4 weeks, ${viewerZone()}`}>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : hours === undefined ? (
        <Loading rows={4} what="Its hours are counted" />
      ) : most === undefined ? (
        <EmptyState small title="It made no call in four weeks" />
      ) : (
        <>
          <p className={styles.said}>
            Most on {DAYS[most.day]}s from {clock(most.hour)}: {count(hours.most)} of {plural(hours.total, 'call')}.
          </p>
          <div className={styles.week}>
            <table className={styles.heat}>
              <caption className="visually-hidden">Calls by day of the week and hour</caption>
              <thead>
                <tr>
                  <td />
                  {HOURS.map((hour) => (
                    <th key={hour} scope="col">
                      <span className="visually-hidden">{clock(hour)}</span>
                      <span aria-hidden="true">{hour % 6 === 0 ? hour : ''}</span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {DAYS.map((day, at) => (
                  <tr key={day}>
                    <th scope="row">
                      <abbr aria-label={day}>{day.slice(0, 2)}</abbr>
                    </th>
                    {HOURS.map((hour) => {
                      const calls = hours.cells[at]?.[hour] ?? 0;
                      return (
                        <td
                          key={hour}
                          data-shade={shadeOf(calls, hours.most)}
                          data-tip={`${day} ${clock(hour)}: ${plural(calls, 'call')}`}
                        >
                          <span className="visually-hidden">{count(calls)}</span>
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Panel>
  );
}
