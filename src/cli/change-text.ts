// A change as lines for a terminal: paths, old and new values, cut to what fits. What stands in values steers no terminal.
import type { Change } from '../change/diff.ts';
import type { Step } from '../change/path.ts';
import { columnsOf, fitted, printable } from './printable.ts';
import { type Paint, paint, widthOf } from './terminal.ts';

export interface ChangeTextOptions {
  readonly width?: number;
  readonly colour?: Paint;
  /** The most changes that are shown; how many more there are is said. */
  readonly most?: number;
}

const MAX_CHANGES = 100;
/** Texts longer than a line are shown on this many. */
const MAX_LINES = 4;
const PLAIN_NAME = /^[\w-]+$/;

/** `~ widgets[id=12].definition.title: "CPU" → "Memory"`, one change a line where it fits, else old and new below it. */
export function changeLines(changes: readonly Change[], options: ChangeTextOptions = {}): string[] {
  const width = options.width ?? widthOf();
  const colour = options.colour ?? paint();
  const most = options.most ?? MAX_CHANGES;
  const lines = changes.slice(0, most).flatMap((change) => linesOf(change, width, colour));
  if (changes.length > most) lines.push(colour.dim(`… and ${changes.length - most} more`));
  return lines;
}

function linesOf({ type, path, before, after }: Change, width: number, colour: Paint): string[] {
  const where = pathText(path);
  const cut = (text: string): string => (columnsOf(text) <= width ? text : fitted(text, width).trimEnd());
  switch (type) {
    case 'added':
      return [colour.green(cut(`+ ${where}: ${brief(after, width)}`))];
    case 'removed':
      return [colour.red(cut(`- ${where}: ${brief(before, width)}`))];
    case 'moved':
      return [colour.cyan(cut(`> ${where}: from place ${Number(before) + 1} to ${Number(after) + 1}`))];
    case 'changed': {
      const [old, now] = [brief(before, width * MAX_LINES), brief(after, width * MAX_LINES)];
      const line = `~ ${where}: ${old} → ${now}`;
      if (columnsOf(line) <= width)
        return [`${colour.yellow('~')} ${where}: ${colour.red(old)} → ${colour.green(now)}`];
      return [
        colour.yellow(cut(`~ ${where}`)),
        ...wrapped(old, '    - ', width).map(colour.red),
        ...wrapped(now, '    + ', width).map(colour.green),
      ];
    }
  }
}

/** A text on at most four lines of the width, each with the same beginning. */
function wrapped(text: string, lead: string, width: number): string[] {
  const room = Math.max(width - lead.length, 10);
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const character of text) {
    const columns = columnsOf(character);
    if (used + columns > room) {
      lines.push(line);
      line = '';
      used = 0;
      if (lines.length === MAX_LINES) break;
    }
    line += character;
    used += columns;
  }
  if (line !== '') lines.push(line);
  return lines.map((each) => lead + each);
}

function pathText(path: readonly Step[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step !== 'string') text += `[${step.known ?? step.index}]`;
    else if (PLAIN_NAME.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text === '' ? '(all of it)' : printable(text);
}

/** The beginning of a value's JSON, without ever writing all of a large one. */
function brief(value: unknown, room: number): string {
  const pieces: string[] = [];
  let left = room;
  const put = (text: string): void => {
    pieces.push(text);
    left -= text.length;
  };
  const write = (each: unknown, depth: number): void => {
    if (left <= 0) return;
    if (typeof each === 'string') put(JSON.stringify(each.slice(0, Math.max(left, 1))));
    else if (typeof each !== 'object' || each === null) put(String(each));
    else if (depth > 20) put('…');
    else if (Array.isArray(each)) writeAll('[', ']', each, (item) => write(item, depth + 1));
    else {
      writeAll('{', '}', Object.keys(each), (name) => {
        put(`${JSON.stringify(name.slice(0, Math.max(left, 1)))}: `);
        write((each as Record<string, unknown>)[name], depth + 1);
      });
    }
  };
  const writeAll = <T>(open: string, close: string, items: readonly T[], each: (item: T) => void): void => {
    put(open);
    for (const [i, item] of items.entries()) {
      if (left <= 0) break;
      if (i > 0) put(', ');
      each(item);
    }
    put(close);
  };
  write(value, 0);
  const text = printable(pieces.join(''));
  return left < 0 ? `${text.slice(0, room)}…` : text;
}
