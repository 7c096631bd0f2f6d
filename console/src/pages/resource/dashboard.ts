// A dashboard as Datadog has it, read for drawing: where each widget lies, what it asks, and what became of it between two versions.
import { isObject, sameJson } from '../../record/field-differences.ts';
import { listOf, objectOf, textOf } from './monitor.ts';

type Json = Readonly<Record<string, unknown>>;

/** In columns and rows of the board. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export type Mark = 'added' | 'changed' | 'moved' | 'removed';

export interface Widget {
  readonly key: string;
  readonly raw: Json;
  readonly definition: Json;
  readonly type: string;
  readonly title: string | undefined;
  readonly queries: readonly string[];
  readonly box: Box;
  /** Of a group. */
  readonly inside?: Board;
  readonly mark?: Mark;
  /** The widget in the other version, when it is there too. */
  readonly other?: Json;
}
export interface Board {
  /** Its columns and rows are of ten pixels or so, not those of the grid. */
  readonly free: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly widgets: readonly Widget[];
}

/** Columns of Datadog's grid. */
const GRID = 12;
/** What is drawn of one board; the rest is counted. */
export const MOST_WIDGETS = 200;
const DEEPEST = 3;
const TALLEST = 400;

/** @param other the version that it is compared with: it marks what differs @param mark what is not in the other one */
export function boardOf(dashboard: Json, other: Json | undefined, mark: 'added' | 'removed'): Board {
  return laidOut(dashboard, other && listOf(other.widgets), mark, 0);
}

/** Every widget, those in groups included. */
export const allWidgets = (board: Board): readonly Widget[] =>
  board.widgets.flatMap((widget) => [widget, ...(widget.inside ? allWidgets(widget.inside) : [])]);

function laidOut(
  holder: Json,
  others: readonly unknown[] | undefined,
  mark: 'added' | 'removed',
  depth: number,
): Board {
  const raw = listOf(holder.widgets).filter(isObject).slice(0, MOST_WIDGETS);
  const free = holder.layout_type === 'free';
  const left = new Set((others ?? []).filter(isObject));
  const given = raw.map((widget) => boxOf(objectOf(widget.layout), free));
  const places = given.every((box) => box !== undefined) ? given : flow(raw, depth);
  const widgets = raw.map((widget, at): Widget => {
    const definition = objectOf(widget.definition);
    const twin = others && twinOf(widget, at, left);
    if (twin) left.delete(twin);
    const inner = depth < DEEPEST && Array.isArray(definition.widgets);
    const place = places[at] ?? { x: 0, y: at * 2, width: GRID, height: 2 };
    const inside = inner
      ? laidOut(definition, others && (twin ? listOf(objectOf(twin.definition).widgets) : []), mark, depth + 1)
      : undefined;
    const became = others && markOf(widget, twin, mark);
    return {
      key: `${textOf(widget.id) ?? ''}:${at}`,
      raw: widget,
      definition,
      type: textOf(definition.type) ?? 'unknown',
      title: textOf(definition.title) || undefined,
      queries: queriesOf(definition),
      box: place,
      ...(inside && { inside }),
      ...(became && { mark: became }),
      ...(twin && { other: twin }),
    };
  });
  const settled = free ? widgets : withoutOverlap(widgets);
  const columns = free ? Math.max(GRID, ...settled.map(({ box }) => box.x + box.width)) : GRID;
  return { free, columns, rows: Math.max(1, ...settled.map(({ box }) => box.y + box.height)), widgets: settled };
}

const within = (value: unknown, least: number, most: number): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : undefined;

function boxOf(layout: Json, free: boolean): Box | undefined {
  const columns = free ? 400 : GRID;
  const x = within(layout.x, 0, columns - 1);
  const y = within(layout.y, 0, TALLEST);
  const width = within(layout.width, 1, columns);
  const height = within(layout.height, 1, TALLEST);
  if (x === undefined || y === undefined || width === undefined || height === undefined) return undefined;
  return { x, y, width: Math.min(width, columns - x), height };
}

/** Where Datadog lays widgets that say nothing of it: three beside each other, groups over the whole width. */
function flow(widgets: readonly Json[], depth: number): Box[] {
  let [x, y] = [0, 0];
  return widgets.map((widget) => {
    const inner = listOf(objectOf(widget.definition).widgets);
    if (inner.length > 0 && depth < DEEPEST) {
      if (x > 0) y += 2;
      x = 0;
      const box = { x: 0, y, width: GRID, height: 1 + Math.ceil(Math.min(inner.length, MOST_WIDGETS) / 3) * 2 };
      y += box.height;
      return box;
    }
    const box = { x, y, width: 4, height: 2 };
    x += 4;
    if (x >= GRID) [x, y] = [0, y + 2];
    return box;
  });
}

/** A group is as tall as what is in it; what lies below makes room. */
function withoutOverlap(widgets: readonly Widget[]): Widget[] {
  const settled: Widget[] = [];
  for (const widget of widgets.toSorted((a, b) => a.box.y - b.box.y || a.box.x - b.box.x)) {
    const height = Math.max(widget.box.height, widget.inside ? widget.inside.rows + 1 : 0);
    const { x, width } = widget.box;
    const above = settled.filter(({ box }) => box.x < x + width && x < box.x + box.width);
    const y = Math.max(widget.box.y, ...above.map(({ box }) => box.y + box.height));
    settled.push({ ...widget, box: { x, y, width, height } });
  }
  return settled;
}

/** The same widget in the other version: by id, else by what it shows, else by type and title, else by its place. */
function twinOf(widget: Json, at: number, left: ReadonlySet<Json>): Json | undefined {
  const candidates = [...left];
  const { type, title } = objectOf(widget.definition);
  return (
    (widget.id === undefined ? undefined : candidates.find(({ id }) => id === widget.id)) ??
    candidates.find(({ id, definition }) => apart(id, widget.id) && sameJson(definition, widget.definition)) ??
    candidates.find(({ id, definition }) => {
      const its = objectOf(definition);
      return apart(id, widget.id) && title !== undefined && its.type === type && its.title === title;
    }) ??
    (widget.id === undefined && objectOf(candidates[at]?.definition).type === type ? candidates[at] : undefined)
  );
}
/** Datadog gives ids anew to what was sent without one; two that both kept theirs are different widgets. */
const apart = (one: unknown, other: unknown): boolean => one === undefined || other === undefined || one !== other;

function markOf(widget: Json, twin: Json | undefined, mark: 'added' | 'removed'): Mark | undefined {
  if (twin === undefined) return mark;
  const { widgets: mine, ...own } = objectOf(widget.definition);
  const { widgets: its, ...others } = objectOf(twin.definition);
  if (!sameJson(own, others)) return 'changed';
  if (listOf(mine).length !== listOf(its).length) return 'changed';
  return sameJson(widget.layout, twin.layout) ? undefined : 'moved';
}

const QUERY_FIELDS = new Set([
  'q',
  'query',
  'query_string',
  'formula',
  'slo_id',
  'alert_id',
  'check',
  'url',
  'service',
]);

/** What a widget asks, in the order in which it stands there; at most twelve. */
export function queriesOf(definition: Json): string[] {
  const found = new Set<string>();
  const look = (value: unknown, depth: number): void => {
    if (depth > 8 || found.size >= 12) return;
    if (Array.isArray(value)) for (const item of value.slice(0, 50)) look(item, depth + 1);
    else if (isObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        if (name === 'widgets') continue;
        if (QUERY_FIELDS.has(name) && textOf(member)?.trim()) found.add(textOf(member) ?? '');
        else if (typeof member === 'object') look(member, depth + 1);
      }
    }
  };
  look(definition, 0);
  return [...found].slice(0, 12);
}

/** `query_value` as people say it. */
export const typeInWords = (type: string): string =>
  ({ timeseries: 'time series', toplist: 'top list', slo: 'SLO', hostmap: 'host map', servicemap: 'service map' })[
    type
  ] ?? type.replaceAll('_', ' ');
