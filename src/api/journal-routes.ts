// Routes about the journal itself: its state, and its verification from end to end.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { DogwatchError } from '../exchange/error.ts';
import { parseQuery } from '../index/query.ts';
import type { SearchIndex } from '../index/search-index.ts';
import { parseNote, parseTreeHead } from '../journal/note.ts';
import type { Progress, Report } from '../journal/verify.ts';
import type { Audit, Caller } from './audit.ts';
import type { ApiJournal, VerifyWhole } from './context.ts';
import type { RetentionStatus } from './retention.ts';
import { type Route, route } from './route.ts';
import { journalState, verification } from './schemas-journal.ts';

export interface JournalRoutesOptions {
  readonly name: string;
  /** The folder of the log. */
  readonly tlog: string;
  readonly journal: Pick<ApiJournal, 'size' | 'status'>;
  readonly rules: Config['retention']['rules'];
  readonly retention: () => RetentionStatus;
  readonly verify?: VerifyWhole;
  readonly index: Pick<SearchIndex, 'search'>;
  readonly audit: Audit;
}

interface Ended {
  readonly time: number;
  readonly took: number;
  readonly by: string;
  readonly report?: Report;
  readonly failure?: string;
}

export function journalRoutes(options: JournalRoutesOptions): Route[] {
  const { audit, index, verify } = options;
  let running: (Progress & { since: number; by: string }) | undefined;
  let last: Ended | undefined;

  async function run(caller: Caller, check: VerifyWhole): Promise<void> {
    const by = caller.identity.name;
    const since = Date.now();
    running = { entries: 0, of: options.journal.size, since, by };
    let ended: Pick<Ended, 'report' | 'failure'>;
    try {
      const report = await check(({ entries, of }) => {
        running = { entries, of, since, by };
      });
      ended = { report };
    } catch (error) {
      ended = { failure: error instanceof Error ? error.message : String(error) };
    }
    running = undefined;
    last = { time: Date.now(), took: Date.now() - since, by, ...ended };
    const { report, failure } = ended;
    const found = report
      ? report.ok
        ? `had the journal verified: ${report.entries} entries are whole`
        : `had the journal verified: ${report.problems.length} problems`
      : `had the journal verified, and it could not be: ${failure}`;
    await audit(caller, 'audit.verify', found, {
      ok: report?.ok ?? false,
      entries: report?.entries ?? 0,
      problems: report?.problems.length ?? 0,
    });
  }

  const told = async () => {
    const { items } = await index.search(parseQuery('kind:audit.verify'), { limit: 1 });
    const [row] = items;
    return {
      ...(running && { running }),
      ...(last && { last }),
      ...(row && { recorded: { time: row.time, by: row.identity?.name ?? '', what: row.what ?? '' } }),
    };
  };

  return [
    route({
      url: '/api/v1/journal',
      summary: 'The state of the journal: its newest checkpoint, its keys, what retention has done.',
      tag: 'operation',
      access: 'auditor',
      answer: { json: journalState },
      async handle() {
        const { rules, retention, journal, tlog, name } = options;
        const { state, reason, segments, checkpoint } = journal.status();
        const note = parseNote(await text(join(tlog, 'checkpoint')));
        const head = note && parseTreeHead(note.text);
        const keys = (await text(join(tlog, 'vkey'))).split('\n').filter((line) => line !== '');
        return {
          origin: `dogwatch/${name}`,
          state: reason ?? state,
          size: journal.size,
          segments,
          ...(checkpoint && {
            checkpoint: {
              ...checkpoint,
              ...(head?.size === checkpoint.size && { root: head.root.toString('base64') }),
            },
          }),
          keys,
          retention: {
            rules: rules.map(({ name: rule, records, parts, after }) => ({ name: rule, records, parts, after })),
            ...retention(),
          },
        };
      },
    }),
    route({
      url: '/api/v1/journal/verification',
      summary: 'How far a verification of the whole journal has got, and what the last one found.',
      tag: 'operation',
      access: 'auditor',
      answer: { json: verification },
      handle: told,
    }),
    route({
      method: 'POST',
      url: '/api/v1/journal/verification',
      summary: 'Verify the whole journal, in the background. One runs at a time.',
      tag: 'operation',
      access: 'auditor',
      answer: { json: verification },
      async handle({ caller }) {
        if (verify === undefined) throw new DogwatchError('not_found', 'this process does not verify');
        // Who asks while one runs sees that one.
        if (running === undefined) void run(caller, verify).catch(() => undefined);
        return told();
      },
    }),
  ];
}

const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
