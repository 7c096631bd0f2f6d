// Moments: in the viewer's zone, with UTC on hover and on focus.
import { type ReactElement, useEffect, useState } from 'react';
import { ago, localClock, localTime, utcTime } from './format.ts';

/** @param time milliseconds since the epoch @param show `full` date and time, the `clock` alone, or how long `ago` */
export function Time({
  time,
  show = 'full',
  ms = false,
}: {
  time: number;
  show?: 'full' | 'clock' | 'ago';
  ms?: boolean;
}): ReactElement {
  const text = show === 'ago' ? undefined : show === 'clock' ? localClock(time, { ms }) : localTime(time, { ms });
  const tip = show === 'full' ? utcTime(time) : `${localTime(time)}\n${utcTime(time)}`;
  return (
    <time dateTime={new Date(time).toISOString()} data-tip={tip}>
      {text ?? <Ago time={time} />}
    </time>
  );
}

function Ago({ time }: { time: number }): string {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), Date.now() - time < 60_000 ? 5_000 : 30_000);
    return () => clearInterval(timer);
  }, [time]);
  return ago(time);
}
