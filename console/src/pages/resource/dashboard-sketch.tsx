// A dashboard as a sketch: its widgets where Datadog lays them, each with what it is, its title and what it asks; what differs is marked.
import { type CSSProperties, type ReactElement, useMemo, useState } from 'react';
import { Badge } from '../../design/badge.tsx';
import { classes } from '../../design/classes.ts';
import { Dialog } from '../../design/dialog.tsx';
import { plural } from '../../design/format.ts';
import { visible } from '../../design/hostile.ts';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState } from '../../design/states.tsx';
import { StateDiff } from '../../record/diff-view.tsx';
import { linesOfValue } from '../../record/json-lines.ts';
import { JsonView } from '../../record/json-view.tsx';
import { allWidgets, type Board, boardOf, type Mark, MOST_WIDGETS, typeInWords, type Widget } from './dashboard.ts';
import { WidgetGlyph } from './glyphs.tsx';
import { Chips, MarkBadge, Told } from './marks.tsx';
import { listOf, objectOf, textOf } from './monitor.ts';
import styles from './sketch.module.css';

type Json = Readonly<Record<string, unknown>>;

/**
 * @param other the version it is compared with
 * @param removed this is the earlier one: what the other lacks was removed, else it was added
 * @param beside the other one stands beside it, with what was removed
 */
export function DashboardSketch({
  dashboard,
  other,
  removed,
  beside,
}: {
  dashboard: Json;
  other: Json | undefined;
  removed?: boolean;
  beside?: boolean;
}): ReactElement {
  const board = useMemo(() => boardOf(dashboard, other, removed ? 'removed' : 'added'), [dashboard, other, removed]);
  const gone = useMemo(
    () =>
      other === undefined || removed
        ? []
        : allWidgets(boardOf(other, dashboard, 'removed')).filter(({ mark }) => mark === 'removed'),
    [dashboard, other, removed],
  );
  const [open, setOpen] = useState<Widget>();
  const compared = other !== undefined && !removed;
  const field = (name: string) => ({
    now: textOf(dashboard[name]) || undefined,
    was: textOf(other?.[name]) || undefined,
    compared,
  });
  const left = listOf(dashboard.widgets).length - MOST_WIDGETS;
  return (
    <article className={styles.dashboard}>
      <header className={styles.boardHead}>
        <h3>
          <Told {...field('title')} />
        </h3>
        <p className="quiet">
          <Told {...field('description')} />
        </p>
        <span className="row wrap">
          {textOf(dashboard.layout_type) === 'free' && <Badge>free layout</Badge>}
          <Chips
            label="Tags"
            now={listOf(dashboard.tags).map(String)}
            was={compared ? listOf(other.tags).map(String) : undefined}
          />
          <Chips label="Template variables" now={variables(dashboard)} was={compared ? variables(other) : undefined} />
        </span>
        {other !== undefined && <Summary board={board} gone={gone} />}
      </header>
      {board.widgets.length === 0 ? (
        <EmptyState icon="overview" title="It has no widgets" small />
      ) : (
        <Grid board={board} onOpen={setOpen} />
      )}
      {left > 0 && <p className="quiet">{plural(left, 'more widget')} are not drawn.</p>}
      {gone.length > 0 && !beside && (
        <section className={styles.gone} aria-label="Removed widgets">
          <h4>Removed</h4>
          <ul>
            {gone.map((widget) => (
              <li key={widget.key}>
                <Card widget={widget} onOpen={setOpen} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {open && (
        <Dialog
          wide
          title={`${visible(open.title ?? typeInWords(open.type)).slice(0, 80)} (${visible(typeInWords(open.type))})`}
          onClose={() => setOpen(undefined)}
        >
          {open.other && (open.mark === 'changed' || open.mark === 'moved') ? (
            <StateDiff before={removed ? open.raw : open.other} after={removed ? open.other : open.raw} />
          ) : (
            <JsonView lines={linesOfValue(open.raw)} label="Widget" tall={520} />
          )}
        </Dialog>
      )}
    </article>
  );
}

const variables = (dashboard: Json): string[] =>
  listOf(dashboard.template_variables).map((each) => {
    const { name, prefix, default: one, defaults } = objectOf(each);
    const chosen = textOf(one) ?? listOf(defaults).map(String).join(', ');
    return `$${textOf(name) ?? '?'}${textOf(prefix) ? ` (${textOf(prefix)})` : ''}${chosen === '' ? '' : ` = ${chosen}`}`;
  });

function Summary({ board, gone }: { board: Board; gone: readonly Widget[] }): ReactElement {
  const widgets = allWidgets(board);
  const count = (mark: Mark): number =>
    mark === 'removed'
      ? Math.max(gone.length, widgets.filter((each) => each.mark === mark).length)
      : widgets.filter((each) => each.mark === mark).length;
  const marks = (['added', 'changed', 'moved', 'removed'] as const).filter((mark) => count(mark) > 0);
  return (
    <p className="row wrap">
      {marks.length === 0 ? (
        <span className="quiet">Its widgets are the same in both versions.</span>
      ) : (
        marks.map((mark) => (
          <span key={mark} className="row">
            <MarkBadge mark={mark} />
            {plural(count(mark), 'widget')}
          </span>
        ))
      )}
    </p>
  );
}

function Grid({ board, onOpen }: { board: Board; onOpen: (widget: Widget) => void }): ReactElement {
  return (
    <ul
      className={classes(styles.grid, board.free && styles.free)}
      style={{ '--columns': board.columns, '--rows': board.rows } as CSSProperties}
    >
      {board.widgets.map((widget) => (
        <li key={widget.key} className={styles.place} style={placeOf(widget)}>
          {widget.inside ? (
            <section className={classes(styles.group, widget.mark && styles[widget.mark])}>
              <button type="button" className={styles.groupHead} onClick={() => onOpen(widget)}>
                <span className="truncate">
                  <SafeText text={widget.title ?? 'Group'} most={160} />
                </span>
                {widget.mark && <MarkBadge mark={widget.mark} />}
              </button>
              <Grid board={widget.inside} onOpen={onOpen} />
            </section>
          ) : (
            <Card widget={widget} onOpen={onOpen} />
          )}
        </li>
      ))}
    </ul>
  );
}

const placeOf = ({ box: { x, y, width, height } }: Widget): CSSProperties =>
  ({ '--x': x, '--y': y, '--w': width, '--h': height }) as CSSProperties;

function Card({ widget, onOpen }: { widget: Widget; onOpen: (widget: Widget) => void }): ReactElement {
  const { type, title, queries, definition, mark } = widget;
  const said =
    type === 'note' ? textOf(definition.content) : type === 'free_text' ? textOf(definition.text) : undefined;
  const display = textOf(objectOf(listOf(definition.requests)[0]).display_type);
  return (
    <button
      type="button"
      className={classes(styles.card, said !== undefined && styles.note, mark && styles[mark])}
      onClick={() => onOpen(widget)}
    >
      <span className={styles.cardHead}>
        {title !== undefined && (
          <span className={classes(styles.cardTitle, 'truncate')}>
            <SafeText text={title} most={160} />
          </span>
        )}
        <span className={styles.type}>
          <SafeText text={typeInWords(type)} most={40} />
        </span>
        {mark && <MarkBadge mark={mark} />}
      </span>
      {said !== undefined ? (
        <span className={styles.said}>
          <SafeText text={said} most={600} />
        </span>
      ) : (
        <>
          <span className={styles.queries}>
            {queries.slice(0, 4).map((query) => (
              <span key={query} className="mono">
                <SafeText text={query} most={200} />
              </span>
            ))}
            {queries.length > 4 && <span className="quiet">and {queries.length - 4} more</span>}
          </span>
          <WidgetGlyph type={type} display={display} />
        </>
      )}
    </button>
  );
}
