// Two versions beside each other: as a sketch, field by field, or as JSON.
import { type ReactElement, type ReactNode, useMemo } from 'react';
import { plural } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Segments, Tabs } from '../../design/tabs.tsx';
import { Time } from '../../design/time.tsx';
import { DifferenceList, StateDiff } from '../../record/diff-view.tsx';
import { fieldDifferences, isObject } from '../../record/field-differences.ts';
import { linesOfValue } from '../../record/json-lines.ts';
import { JsonView } from '../../record/json-view.tsx';
import { DashboardSketch } from './dashboard-sketch.tsx';
import { MonitorSketch } from './monitor-sketch.tsx';
import styles from './resource.module.css';
import sketch from './sketch.module.css';
import { useVersionState, type VersionState } from './states.ts';
import type { ChangeItem, Version } from './versions.ts';

export type View = 'sketch' | 'fields' | 'json';
export type Side = 'after' | 'before' | 'both';

/** Kinds that are drawn. */
export const isDrawn = (kind: string): boolean => kind === 'dashboard' || kind === 'monitor';

export function Compared({
  kind,
  id,
  from,
  to,
  numbered,
  view,
  side,
  onView,
  onSide,
}: {
  kind: string;
  id: string;
  from: Version | undefined;
  to: Version;
  numbered: boolean;
  view: View;
  side: Side;
  onView: (view: View) => void;
  onSide: (side: Side) => void;
}): ReactElement {
  const [before, after] = [useVersionState(kind, id, from), useVersionState(kind, id, to)];
  const error = after.error ?? before.error;
  if (error) return <ErrorState error={error} />;
  if (after.data === undefined || (from !== undefined && before.data === undefined))
    return (
      <Panel>
        <Loading rows={8} what="The versions load" />
      </Panel>
    );
  const was: VersionState | undefined = from && before.data;
  const tabs = [
    ...(isDrawn(kind) ? [{ id: 'sketch' as const, label: 'Sketch' }] : []),
    ...(from ? [{ id: 'fields' as const, label: 'Differences' }] : []),
    { id: 'json' as const, label: 'JSON' },
  ];
  const tab = tabs.find((each) => each.id === view)?.id ?? tabs[0]?.id ?? 'json';
  return (
    <Tabs label="How the versions are shown" tabs={tabs} value={tab} onChange={onView}>
      <div className={styles.tab}>
        <Panel
          title={<Headline from={from} to={to} numbered={numbered} />}
          actions={
            tab === 'sketch' &&
            from && (
              <Segments
                label="Which version is drawn"
                options={[
                  { id: 'after', label: 'After' },
                  { id: 'before', label: 'Before' },
                  { id: 'both', label: 'Both' },
                ]}
                value={side}
                onChange={onSide}
              />
            )
          }
        >
          <div className="stack">
            <Unknown states={[was, after.data]} />
            {tab === 'sketch' && <Sketches kind={kind} was={was} now={after.data} side={side} />}
            {tab === 'fields' && from && <Fields from={from} to={to} was={was} now={after.data} />}
            {tab === 'json' && <Json was={was} now={after.data} />}
          </div>
        </Panel>
      </div>
    </Tabs>
  );
}

function Headline({ from, to, numbered }: { from: Version | undefined; to: Version; numbered: boolean }): ReactElement {
  return (
    <span className={styles.headline}>
      {from && (
        <>
          <VersionName version={from} numbered={numbered} /> <span aria-hidden="true">→</span>
          <span className="visually-hidden">compared with</span>{' '}
        </>
      )}
      <VersionName version={to} numbered={numbered} />
    </span>
  );
}

function VersionName({ version: { number, item }, numbered }: { version: Version; numbered: boolean }): ReactElement {
  const time = item === undefined ? undefined : item.type === 'change' ? item.time : item.to;
  return (
    <span>
      {numbered ? `v${number}` : 'Version'}
      <span className="quiet"> {time === undefined ? 'as it was found' : <Time time={time} />}</span>
    </span>
  );
}

function Unknown({ states }: { states: readonly (VersionState | undefined)[] }): ReactElement | null {
  const why = states.flatMap((state) => (state?.state === 'unknown' ? [state.why] : []));
  if (why.length === 0) return null;
  return (
    <p className="quiet">
      One of both is not known in full: <SafeText text={why.join('; ')} />.
    </p>
  );
}

const objectIn = (state: VersionState | undefined): Readonly<Record<string, unknown>> | undefined =>
  state?.state === 'there' && isObject(state.value) ? state.value : undefined;

function Sketches({
  kind,
  was,
  now,
  side,
}: {
  kind: string;
  was: VersionState | undefined;
  now: VersionState;
  side: Side;
}): ReactElement {
  const [before, after] = [objectIn(was), objectIn(now)];
  const draw = (one: typeof before, other: typeof before, removed: boolean): ReactNode =>
    one === undefined ? undefined : (
      <div className={sketch.stage}>
        {kind === 'dashboard' ? (
          <DashboardSketch dashboard={one} other={other} removed={removed} beside={side === 'both'} />
        ) : (
          <MonitorSketch monitor={one} other={removed ? undefined : other} />
        )}
      </div>
    );
  const absent = (title: string, text: string): ReactElement => (
    <EmptyState small title={title}>
      {text}
    </EmptyState>
  );
  const [one, other] = [
    draw(before, after, true) ?? absent('It was not there yet', 'What is shown after is how it was made.'),
    draw(after, before, false) ??
      (now.state === 'absent' ? (
        absent('It was deleted', 'This is what it was before.')
      ) : (
        <p className="quiet">It cannot be drawn.</p>
      )),
  ];
  if (was === undefined) return <>{other}</>;
  if (side === 'both')
    return (
      <div className={styles.both}>
        <section aria-label="Before">{one}</section>
        <section aria-label="After">{other}</section>
      </div>
    );
  if (side === 'before') return <>{one}</>;
  return (
    <>
      {other}
      {now.state === 'absent' && before && <div className={styles.deleted}>{one}</div>}
    </>
  );
}

function Fields({
  from,
  to,
  was,
  now,
}: {
  from: Version;
  to: Version;
  was: VersionState | undefined;
  now: VersionState;
}): ReactElement {
  const told = adjacent(from, to);
  const changes = useMemo(
    () =>
      told?.changes ??
      (was?.state === 'there' && now.state === 'there' ? fieldDifferences(was.value, now.value) : undefined),
    [told, was, now],
  );
  if (changes === undefined)
    return (
      <p className="quiet">
        {now.state === 'absent'
          ? 'It was deleted.'
          : was?.state === 'absent'
            ? 'It was made.'
            : 'They cannot be compared.'}
      </p>
    );
  return (
    <>
      {changes.length === 0 ? (
        <p className="quiet">Nothing is different apart from what Datadog itself sets.</p>
      ) : (
        <DifferenceList changes={changes} />
      )}
      {(told?.serverMade ?? 0) > 0 && (
        <p className="quiet">{plural(told?.serverMade ?? 0, 'field')} that Datadog sets itself differ too.</p>
      )}
    </>
  );
}

/** What the API itself says is different, when one version follows the other by one change. */
function adjacent(from: Version, to: Version): Pick<ChangeItem, 'changes' | 'serverMade'> | undefined {
  const { item } = to;
  if (to.number !== from.number + 1 || item?.changes === undefined) return undefined;
  return item.type === 'change' ? item : { changes: item.changes };
}

function Json({ was, now }: { was: VersionState | undefined; now: VersionState }): ReactElement {
  const lines = useMemo(() => (now.state === 'there' ? linesOfValue(now.value) : undefined), [now]);
  if (was === undefined)
    return lines ? <JsonView lines={lines} label="The whole version" /> : <p className="quiet">It was not there.</p>;
  const value = (state: VersionState): unknown => (state.state === 'there' ? state.value : undefined);
  return <StateDiff before={value(was)} after={value(now)} />;
}
