// What was counted beside what is usual: drawn, in words, and as a table.
import { lazy, type ReactElement, Suspense } from 'react';
import type { Finding } from '../../api/types.ts';
import { duration, plural } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { Table } from '../../design/table.tsx';
import { Time } from '../../design/time.tsx';
import { amountText, type Measure, rangeText } from '../../response/finding-words.ts';
import styles from './finding.module.css';
import { isOutside, type Rate, summaryOf } from './rate.ts';

const RatePlot = lazy(() => import('./rate-plot.tsx'));

export function MeasurePanel({ finding }: { finding: Finding }): ReactElement | null {
  const { measure, rate, started, latest, ended } = finding;
  if (measure === undefined && rate === undefined) return null;
  const unit = measure?.unit ?? 'calls';
  return (
    <Panel title="Counted, beside what is usual">
      <div className="stack">
        {measure && <Figures measure={measure} />}
        {rate && rate.points.length > 0 ? (
          <>
            <Suspense fallback={<div className={styles.plotRoom} />}>
              <RatePlot rate={rate} unit={unit} started={started} ended={ended ?? latest} />
            </Suspense>
            <RateInWords rate={rate} unit={unit} />
          </>
        ) : (
          measure && <Bullet measure={measure} />
        )}
      </div>
    </Panel>
  );
}

function Figures({ measure }: { measure: Measure }): ReactElement {
  const { observed, high, unit, window } = measure;
  const times = high > 0 ? observed / high : undefined;
  return (
    <dl className={styles.figures}>
      <div>
        <dt>
          <SafeText text={unit} most={80} /> in {duration(window)}
        </dt>
        <dd className={styles.observed}>{amountText(observed, unit)}</dd>
      </div>
      <div>
        <dt>usual</dt>
        <dd>{rangeText(measure)}</dd>
      </div>
      {times !== undefined && times >= 1.5 && (
        <div>
          <dt>that is</dt>
          <dd>{times >= 10 ? Math.round(times).toLocaleString('en') : times.toFixed(1)}× the most that is usual</dd>
        </div>
      )}
    </dl>
  );
}

/** One number before its range, where there is no rate over time. */
function Bullet({ measure: { observed, low, high } }: { measure: Measure }): ReactElement {
  const most = Math.max(observed, high, 1e-9) * 1.08;
  const part = (value: number): string => `${(Math.max(0, value) / most) * 100}%`;
  return (
    <div className={styles.bullet} aria-hidden="true">
      <span className={styles.usual} style={{ insetInlineStart: part(low), width: part(high - low) }} />
      <span
        className={observed > high || observed < low ? styles.counted : styles.fine}
        style={{ width: part(observed) }}
      />
    </div>
  );
}

function RateInWords({ rate, unit }: { rate: Rate; unit: string }): ReactElement {
  const { from, to, outside, peak } = summaryOf(rate);
  return (
    <>
      <p>
        From <Time time={from} /> to <Time time={to} show="clock" />, in steps of {duration(rate.width)}:{' '}
        {outside === 0
          ? 'all of it within what was expected.'
          : `${plural(outside, 'step')} of ${rate.points.length} outside of what was expected`}
        {outside > 0 && peak && (
          <>
            , furthest at <Time time={peak.time} show="clock" /> with <b>{amountText(peak.observed, unit)}</b> where{' '}
            {rangeText({ ...peak, unit })} was expected.
          </>
        )}
      </p>
      <details className={styles.details}>
        <summary>The same as a table</summary>
        <div className={styles.tableBox}>
          <Table
            caption="What was counted and what was expected"
            items={rate.points}
            keyOf={({ time }) => String(time)}
            columns={[
              { title: 'From', cell: ({ time }) => <Time time={time} show="clock" /> },
              { title: 'Counted', cell: ({ observed }) => amountText(observed, unit), end: true },
              { title: 'Expected', cell: (point) => rangeText({ ...point, unit }), end: true },
              { title: '', cell: (point) => (isOutside(point) ? 'outside' : ''), width: 80 },
            ]}
          />
        </div>
      </details>
    </>
  );
}
