// Where the time went: within Dogwatch before the call was sent, until Datadog began to answer, until the answer was complete and durable.
import type { ReactElement } from 'react';
import type { Exchange } from '../../api/types.ts';
import { bytes, duration } from '../../design/format.ts';
import { Facts, Panel } from '../../design/panel.tsx';
import styles from './exchange.module.css';

export function Timing({ exchange }: { exchange: Exchange }): ReactElement | null {
  const { timing, request, response } = exchange;
  if (timing === undefined) return null;
  const { forwarded = timing.completed, firstByte = timing.completed, completed } = timing;
  const parts = [
    { name: 'in Dogwatch', tone: styles.own, from: 0, to: forwarded },
    { name: 'until Datadog answered', tone: styles.waiting, from: forwarded, to: firstByte },
    { name: 'until complete and durable', tone: styles.reading, from: firstByte, to: completed },
  ].filter(({ from, to }) => to > from);
  return (
    <Panel title="Time" note={duration(completed)}>
      <div className="stack">
        <div className={styles.bar} aria-hidden="true">
          {parts.map(({ name, tone, from, to }) => (
            <span key={name} className={tone} style={{ flexGrow: to - from }} />
          ))}
        </div>
        <Facts
          items={[
            ...parts.map(({ name, from, to }) => [name, <span key={name}>{duration(to - from)}</span>] as const),
            ['sent', bytes(request.body.size)],
            ['received', response && bytes(response.body.size)],
          ]}
        />
      </div>
    </Panel>
  );
}
