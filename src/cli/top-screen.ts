// The rates of the last minute on a terminal: as lines that fit it, and redrawn in place until a key ends it.
import type { Action } from '../exchange/operation.ts';
import type { TopRates, TopRow } from '../watch/watch.ts';
import { whoOf } from './names.ts';
import { fitted } from './printable.ts';
import { type Column, tableLines } from './table.ts';
import { type Paint, paint, widthOf } from './terminal.ts';

const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 });
const changes = ({ actions }: Pick<TopRow, 'actions'>): number =>
  (Object.entries(actions) as [Action, number][]).reduce(
    (sum, [action, calls]) => sum + (action === 'read' ? 0 : calls),
    0,
  );
const alarming = (value: number, colour: Paint) => (value > 0 ? colour.red : (text: string) => text);

/** @param height lines that there are; all rows when absent */
export function topLines(
  { time, total, rows, more }: TopRates,
  {
    by = 'both',
    height,
    width = widthOf(),
    colour = paint(),
  }: { by?: TopShown; height?: number; width?: number; colour?: Paint } = {},
): string[] {
  const most = Math.max(1, ...rows.map(({ calls }) => calls));
  const room = height === undefined ? rows.length : Math.max(1, height - 4);
  const shown = rows.slice(0, room);
  const left = more + rows.length - shown.length;
  const columns: Column<TopRow>[] = [
    ...(by === 'operation'
      ? []
      : [{ title: 'IDENTITY', value: ({ identity }: TopRow) => whoOf(identity), min: 12, max: 36, always: true }]),
    ...(by === 'identity'
      ? []
      : [{ title: 'OPERATION', value: ({ operation }: TopRow) => operation ?? '-', min: 14, max: 44, always: true }]),
    { title: 'CALLS/MIN', value: ({ calls }) => number(calls), min: 9, max: 9, always: true },
    { title: 'NOW/S', value: ({ perSecond }) => number(perSecond), min: 7, max: 7, always: true },
    {
      title: '',
      value: ({ calls }) => '█'.repeat(Math.ceil((calls / most) * 20)),
      min: 6,
      max: 20,
      paint: (_row, c) => c.cyan,
    },
    { title: 'CHANGES', value: (row) => number(changes(row)), min: 7, max: 9 },
    {
      title: 'REFUSED',
      value: ({ refusals }) => number(refusals),
      min: 7,
      max: 9,
      paint: ({ refusals }, c) => alarming(refusals, c),
    },
    {
      title: 'ERRORS',
      value: ({ errors }) => number(errors),
      min: 6,
      max: 9,
      paint: ({ errors }, c) => alarming(errors, c),
    },
  ];
  const head = [
    new Date(time).toTimeString().slice(0, 8),
    `${number(total.calls)} calls/min`,
    `${number(total.perSecond)}/s`,
    `${number(changes(total))} changes`,
    `${number(total.refusals)} refused`,
    `${number(total.errors)} errors`,
  ].join('  ');
  return [
    colour.bold(fitted(head, Math.min(width, 110)).trimEnd()),
    '',
    ...(rows.length === 0 ? [colour.dim('Nobody calls.')] : tableLines(shown, columns, { width, colour })),
    ...(left > 0 ? [colour.dim(`and ${number(left)} more`)] : []),
  ];
}

/** What a row is about. */
export type TopShown = 'identity' | 'operation' | 'both';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
/** Keys that end it: q, Ctrl-C, Ctrl-D, Escape. */
const ENDS: readonly string[] = ['q', 'Q', '\u0003', '\u0004', '\u001b'];

/**
 * Shows what comes until a key, a signal or the end of it. The terminal is as before afterwards, whatever happens.
 * @param follow ends when the signal aborts
 * @returns why nothing came any more, if it was not the reader's wish
 */
export async function showTop(
  follow: (signal: AbortSignal) => AsyncIterable<TopRates | string>,
  by: TopShown,
): Promise<string | undefined> {
  const { stdin, stdout } = process;
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const key = (pressed: Buffer): void => {
    if (ENDS.includes(pressed.toString('latin1'))) end();
  };
  let latest: TopRates | string = 'waiting for the first second …';
  const draw = (): void => {
    const height = stdout.rows || 24;
    const lines =
      typeof latest === 'string' ? [latest] : topLines(latest, { by, height: height - 1, width: widthOf(stdout) });
    const screen = [...lines.slice(0, height - 1), paint().dim('q quits')];
    stdout.write(`\u001b[H${screen.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, end);
  stdout.on('resize', draw);
  stdout.write(ENTER);
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on('data', key);
  }
  try {
    draw();
    for await (const rates of follow(ending.signal)) {
      if (ending.signal.aborted) break;
      latest = rates;
      draw();
    }
    return ending.signal.aborted ? undefined : 'The gateway has ended it.';
  } finally {
    if (stdin.isTTY) {
      stdin.setRawMode(false);
      stdin.off('data', key);
      stdin.pause();
    }
    stdout.off('resize', draw);
    stdout.write(LEAVE);
    for (const signal of signals) process.off(signal, end);
  }
}
