// `dogwatch search`: finds exchanges, and counts them by value and over time.
import { Command, InvalidArgumentError, Option } from 'commander';
import { readAmount } from '../index/query-values.ts';
import type { Row } from '../index/search-index.ts';
import { SEARCH_ORDERS, type SearchOrder } from '../index/search-order.ts';
import { facetLines, histogramLines } from './counts-text.ts';
import {
  localTimeZone,
  printJson,
  printJsonLines,
  printLines,
  type RecordOptions,
  recordOptions,
  timeZoneOption,
  wholeNumber,
  withRecords,
} from './record-options.ts';
import type { RecordSource } from './record-source.ts';
import { repeated } from './repeated.ts';
import { rowLines } from './row-table.ts';
import { paint } from './terminal.ts';

interface Options extends RecordOptions {
  readonly limit: number;
  readonly sort: SearchOrder;
  readonly facet: readonly string[];
  /** Milliseconds, or `true` for a round width. */
  readonly histogram?: number | true;
  readonly tz?: string;
}

/** Rows that a table is made of at once; `--json` has no such bound. */
const MOST = 10_000;

export function searchCommand(): Command {
  return recordOptions(new Command('search'), 'print one JSON object a line')
    .description('Find exchanges, or count them.')
    .argument('[query...]', 'one line of the query language; everything when absent')
    .option('-n, --limit <n>', 'rows to show, or values of each facet', wholeNumber(1, 1_000_000), 50)
    .addOption(new Option('--sort <order>', 'which rows come first').choices(SEARCH_ORDERS).default('newest'))
    .option('--facet <field>', 'count by the values of a field instead; may be repeated', repeated, [])
    .addOption(
      new Option('--histogram [width]', 'count over time instead, in buckets of that width: 1h, 15m').argParser(
        widthOf,
      ),
    )
    .addOption(timeZoneOption())
    .addHelpText(
      'after',
      `
Examples:
  dogwatch search 'op:v1.CreateDashboard since:1h'
  dogwatch search 'who:claude* action:delete status:>=400'
  dogwatch search 'resource:monitor/123 -agent:ci "free text"'
  dogwatch search 'since:2026-11-22 09:00 before:2026-11-22 10:00' --sort slowest
  dogwatch search 'action:delete since:7d' --facet who --facet op --histogram 1d
docs/search.md describes the language.`,
    )
    .action((words: string[], options: Options) =>
      withRecords(options, (records) => {
        const query = words.join(' ');
        if (options.facet.length > 0 || options.histogram !== undefined) return count(records, query, options);
        return options.json ? stream(records, query, options) : table(records, query, options);
      }),
    );
}

/** The rows, page by page, at most `--limit` of them. */
async function* pages(records: RecordSource, query: string, { limit, sort, tz = localTimeZone() }: Options) {
  let cursor: string | undefined;
  let left = limit;
  do {
    const page = await records.search({ query, order: sort, limit: Math.min(500, left), cursor, timeZone: tz });
    left -= page.items.length;
    cursor = page.next;
    yield { items: page.items, more: cursor !== undefined };
  } while (cursor !== undefined && left > 0);
}

async function stream(records: RecordSource, query: string, options: Options): Promise<void> {
  for await (const { items } of pages(records, query, options)) printJsonLines(items);
}

async function table(records: RecordSource, query: string, options: Options): Promise<void> {
  const rows: Row[] = [];
  let rest = false;
  const limit = Math.min(options.limit, MOST);
  for await (const { items, more } of pages(records, query, { ...options, limit })) {
    rows.push(...items);
    rest = more;
  }
  if (rows.length === 0) return void process.stderr.write('Nothing matches.\n');
  printLines(rowLines(rows));
  if (rest)
    process.stderr.write(
      limit < MOST
        ? `There are more; --limit ${Math.min(MOST, limit * 4)} shows them.\n`
        : 'There are more; --json or `dogwatch export` has them all.\n',
    );
}

async function count({ explore }: RecordSource, query: string, options: Options): Promise<void> {
  const { tz = localTimeZone() } = options;
  const asked = { query, timeZone: tz };
  const { facets } =
    options.facet.length > 0
      ? await explore.facets({ ...asked, fields: options.facet, limit: Math.min(100, options.limit) })
      : { facets: [] };
  const counted =
    options.histogram === undefined
      ? undefined
      : await explore.histogram({ ...asked, width: options.histogram === true ? undefined : options.histogram });
  if (options.json) return printJson({ facets, ...(counted && { histogram: counted }) });
  const colour = paint();
  const blocks = facets.map((facet) => facetLines(facet, colour));
  if (counted) blocks.push(histogramLines(counted, tz, colour));
  if (blocks.every((lines) => lines.length === 0)) return void process.stderr.write('Nothing matches.\n');
  printLines(blocks.flatMap((lines, at) => (at === 0 ? lines : ['', ...lines])));
}

function widthOf(text: string): number {
  const width = readAmount(text, 'duration');
  if (typeof width === 'number' && Number.isInteger(width) && width >= 1) return width;
  throw new InvalidArgumentError('expected a duration such as 15m, 1h or 1d.');
}
