// What the demo tells: who did what, what Dogwatch has of it, and the one search that answers the question.
import type { Row } from '../../index/search-index.ts';
import { columnsOf, printable } from '../printable.ts';
import { type Column, tableLines } from '../table.ts';
import { type Paint, paint, widthOf } from '../terminal.ts';

export interface Story {
  title(text: string): void;
  text(text: string): void;
  /** One thing that an agent did, and what came of it. */
  step(did: string, saw: string, refused: boolean): void;
  /** A line to paste, which is never cut. */
  command(line: string): void;
  record(rows: readonly Row[]): void;
  /** The answer to "who created this?". */
  answer(row: Row): void;
}

/** Lines of a story are no longer, however wide the terminal. */
const MAX_WIDTH = 100;
const DID = 30;

export function tellStory(
  write: (line: string) => void,
  width = Math.min(widthOf(), MAX_WIDTH),
  colour: Paint = paint(),
): Story {
  return {
    title: (text) => write(`\n${colour.bold(text)}\n`),
    text: (text) => {
      for (const line of wrapped(text, width - 2)) write(`  ${line}`);
    },
    step: (did, saw, refused) => {
      const [first = '', ...rest] = wrapped(printable(saw), Math.max(width - DID - 4, 20));
      const style = refused ? colour.red : colour.green;
      write(`    ${did.padEnd(DID - 2)}  ${style(first)}`);
      for (const line of rest) write(`    ${' '.repeat(DID)}${style(line)}`);
    },
    command: (line) => write(`    ${colour.cyan(line)}`),
    record: (rows) => {
      for (const line of tableLines(rows, COLUMNS, { width: width - 4, colour })) write(`    ${line}`);
    },
    answer: (row) => {
      const { identity } = row;
      const touched = row.resources
        .map(({ kind, id, title }) => `${kind}/${id}${title ? ` "${title}"` : ''}`)
        .join(', ');
      const lines: [string, string][] = [
        ['who', `${identity?.name} (${identity?.subject} of ${identity?.issuer})`],
        ['groups', identity?.groups.join(', ') ?? ''],
        ['when', `${new Date(row.time).toLocaleString('sv-SE')}`],
        ['what', `${row.operation}, ${touched}`],
        ['exchange', row.id],
      ];
      for (const [name, value] of lines) write(`    ${colour.dim(name.padEnd(8))}  ${printable(value)}`);
    },
  };
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'WHO', value: (row) => row.identity?.name ?? '', min: 8, max: 20, always: true },
  { title: 'OPERATION', value: (row) => row.operation ?? '', min: 12, max: 28, always: true },
  {
    title: 'ON',
    value: ({ resources, asked }) =>
      resources[0] ? `${resources[0].kind}/${resources[0].id}` : (asked.metrics?.[0] ?? asked.queries?.[0] ?? ''),
    min: 8,
    max: 24,
  },
  {
    title: 'VERDICT',
    value: ({ verdict }) => (verdict ? `${verdict.decision} (${verdict.rule})` : ''),
    min: 5,
    max: 26,
    paint: ({ verdict }, colour) => (verdict?.decision === 'deny' ? colour.red : colour.green),
  },
  { title: 'STATUS', value: ({ status, outcome }) => String(status ?? outcome ?? ''), min: 3, max: 8 },
];

/** Breaks text into lines at blanks. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
