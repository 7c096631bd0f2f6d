// A monitor as a person would put it: when what is how far from where, who is told what; and what of it is other than before.
import type { ReactElement, ReactNode } from 'react';
import { Badge } from '../../design/badge.tsx';
import { classes } from '../../design/classes.ts';
import { duration, localTime } from '../../design/format.ts';
import { SafeText } from '../../design/safe-text.tsx';
import { Chips, differs, Told } from './marks.tsx';
import {
  comparatorInWords,
  conditionOf,
  listOf,
  numberText,
  objectOf,
  silenceOf,
  textOf,
  thresholdsOf,
  windowInWords,
} from './monitor.ts';
import styles from './sketch.module.css';
import { ThresholdScale } from './threshold-scale.tsx';

type Json = Readonly<Record<string, unknown>>;

/** @param other the version it is compared with */
export function MonitorSketch({ monitor, other }: { monitor: Json; other: Json | undefined }): ReactElement {
  const compared = other !== undefined;
  const query = textOf(monitor.query) ?? '';
  const { comparator } = conditionOf(query);
  const field = (name: string) => ({ now: textOf(monitor[name]), was: textOf(other?.[name]), compared });
  return (
    <article className={styles.monitor}>
      <header className={styles.monitorHead}>
        <h3 className={styles.monitorName}>
          <Told {...field('name')} />
        </h3>
        <span className="row wrap">
          <Badge>
            <Told {...field('type')} />
          </Badge>
          {textOf(monitor.priority) !== undefined && <Badge tone="violet">P{textOf(monitor.priority)}</Badge>}
          <Silence monitor={monitor} other={other} />
          {textOf(monitor.overall_state) !== undefined && <State state={textOf(monitor.overall_state) ?? ''} />}
        </span>
      </header>
      <Part title="Alerts when" changed={differs(monitor.query, other?.query, compared)}>
        <ConditionText query={query} />
        {compared && textOf(other?.query) !== undefined && other?.query !== monitor.query && (
          <p className={styles.before}>
            <span>before</span>
            <del className="mono">
              <SafeText text={textOf(other?.query) ?? ''} most={4000} />
            </del>
          </p>
        )}
        <ThresholdScale now={thresholdsOf(monitor)} was={other && thresholdsOf(other)} comparator={comparator} />
      </Part>
      <Part title="Tells" changed={differs(monitor.message, other?.message, compared)}>
        {compared && other?.message !== monitor.message && textOf(other?.message) && (
          <del className={classes(styles.message, styles.messageWas)}>
            <SafeText text={textOf(other?.message) ?? ''} most={6000} />
          </del>
        )}
        {textOf(monitor.message) ? (
          <p className={styles.message}>
            <Message text={textOf(monitor.message) ?? ''} />
          </p>
        ) : (
          <p className="quiet">Nobody: it has no message.</p>
        )}
      </Part>
      <Chips label="Tags" now={listOf(monitor.tags).map(String)} was={other && listOf(other.tags).map(String)} />
      <Options monitor={monitor} other={other} />
    </article>
  );
}

function Part({ title, changed, children }: { title: string; changed: boolean; children: ReactNode }): ReactElement {
  return (
    <section className={classes(styles.part, changed && styles.partChanged)}>
      <h4>
        {title} {changed && <Badge tone="amber">changed</Badge>}
      </h4>
      {children}
    </section>
  );
}

function ConditionText({ query }: { query: string }): ReactElement {
  const { aggregate, window, expression, comparator, bound } = conditionOf(query);
  return (
    <p className={styles.condition}>
      {aggregate !== undefined && window !== undefined && (
        <span>
          the <b>{aggregate.replace('pct_change', 'change in per cent')}</b> over <b>{windowInWords(window)}</b> of{' '}
        </span>
      )}
      <code className={styles.query}>
        <SafeText text={expression} most={4000} />
      </code>
      {comparator !== undefined && bound !== undefined && (
        <span>
          {' '}
          {comparatorInWords(comparator)} <b>{numberText(bound)}</b>
        </span>
      )}
    </p>
  );
}

/** The message; whom it names stands out. */
function Message({ text }: { text: string }): ReactElement {
  const pieces = text.slice(0, 6000).split(/((?<![\w.])@[\w.@+-]+)/);
  return (
    <>
      {pieces.map((piece, at) =>
        at % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text do not move
          <span key={at} className={styles.mention}>
            <SafeText text={piece} />
          </span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same
          <SafeText key={at} text={piece} />
        ),
      )}
      {text.length > 6000 && <span className="quiet"> … {text.length - 6000} more characters</span>}
    </>
  );
}

function Silence({ monitor, other }: { monitor: Json; other: Json | undefined }): ReactElement | null {
  const silence = silenceOf(monitor);
  const before = other ? silenceOf(other) : [];
  if (silence.length === 0) return before.length > 0 ? <Badge tone="green">no longer muted</Badge> : null;
  const words = silence.map(
    ({ scope, until }) =>
      `${scope === '*' ? 'all of it' : scope}${until === undefined ? ', for good' : ` until ${localTime(until, { ms: false })}`}`,
  );
  return (
    <Badge tone="red">
      muted{other && before.length === 0 && ' now'}: <SafeText text={words.join('; ')} most={200} />
    </Badge>
  );
}

function State({ state }: { state: string }): ReactElement {
  const tone = { OK: 'green', Alert: 'red', Warn: 'amber', 'No Data': 'grey' } as const;
  return <Badge tone={tone[state as keyof typeof tone] ?? 'grey'}>{<SafeText text={state} most={40} />}</Badge>;
}

const HIDDEN = new Set(['thresholds', 'silenced', 'variables']);
const NAMES: Readonly<Record<string, string>> = {
  notify_no_data: 'Tells when there is no data',
  no_data_timeframe: 'No data after',
  renotify_interval: 'Tells again every',
  renotify_statuses: 'Tells again of',
  renotify_occurrences: 'Tells again so often',
  escalation_message: 'Then says',
  evaluation_delay: 'Waits for late data',
  new_group_delay: 'Spares new groups for',
  new_host_delay: 'Spares new hosts for',
  require_full_window: 'Needs a full window',
  timeout_h: 'Resolves by itself after',
  include_tags: 'Names tags in its title',
  notify_audit: 'Tells of changes to it',
  on_missing_data: 'When data is missing',
  groupby_simple_monitor: 'One alert for all groups',
  threshold_windows: 'Windows',
};
const UNITS: Readonly<Record<string, number>> = {
  no_data_timeframe: 60_000,
  renotify_interval: 60_000,
  evaluation_delay: 1000,
  new_group_delay: 1000,
  new_host_delay: 1000,
  timeout_h: 3_600_000,
};

function Options({ monitor, other }: { monitor: Json; other: Json | undefined }): ReactElement | null {
  const [now, was] = [objectOf(monitor.options), objectOf(other?.options)];
  const names = [...new Set([...Object.keys(now), ...Object.keys(was)])]
    .filter((name) => !HIDDEN.has(name))
    .slice(0, 60);
  const told = (name: string, value: unknown): string | undefined => {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'boolean') return value ? 'yes' : 'no';
    const unit = UNITS[name];
    if (typeof value === 'number' && unit !== undefined) return value === 0 ? 'no' : duration(value * unit);
    return textOf(value) ?? JSON.stringify(value);
  };
  const rows = names.flatMap((name) => {
    const [value, before] = [told(name, now[name]), told(name, was[name])];
    return value === undefined && before === undefined ? [] : [{ name, value, before }];
  });
  if (rows.length === 0) return null;
  return (
    <dl className={styles.options}>
      {rows.map(({ name, value, before }) => (
        <div key={name}>
          <dt>{NAMES[name] ?? <SafeText text={name.replaceAll('_', ' ')} most={80} />}</dt>
          <dd>
            <Told now={value} was={before} compared={other !== undefined} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
