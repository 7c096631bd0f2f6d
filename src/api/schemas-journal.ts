// The shapes of what is told of the journal: checkpoints, retention, verification.
import { z } from 'zod';
import { PART_NAMES } from '../exchange/entry.ts';
import { components } from './schemas.ts';

const named = <T extends z.ZodType>(id: string, schema: T): T => {
  components.add(schema, { id });
  return schema;
};
const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const ms = z.number().describe('Milliseconds since the epoch.');

export const journalState = named(
  'JournalState',
  z.object({
    origin: z.string(),
    state: z.string().describe('`ok`, or why it takes no entries.'),
    size: z.int().describe('Durable leaves.'),
    segments: z.int(),
    checkpoint: z
      .object({ size: z.int(), time: ms, root: z.string().optional().describe('base64') })
      .optional()
      .describe('The newest that was signed.'),
    keys: list(z.string()).describe('Verifier keys that its checkpoints are signed with, the current one first.'),
    retention: z.object({
      rules: list(
        z.object({
          name: z.string(),
          records: list(z.string()),
          parts: list(z.enum(PART_NAMES)),
          after: z.number().describe('Milliseconds.'),
        }),
      ),
      runs: z.int(),
      last: ms.optional(),
      records: z.int().describe('Records that parts were erased of since the start.'),
      bytes: z.int(),
      held: z.int().describe('Records that were due, and that a legal hold keeps.'),
      failure: z.string().optional(),
    }),
  }),
);

const report = z.object({
  ok: z.boolean(),
  origin: z.string(),
  entries: z.int(),
  signed: z.int().describe('Entries under the newest checkpoint.'),
  root: z.string(),
  segments: z.int(),
  bytes: z.int(),
  erasedParts: z.int(),
  checkpoints: z.int().describe('Kept checkpoints that were compared.'),
  witnesses: list(z.object({ name: z.string(), size: z.int().optional(), time: z.number().optional() })),
  problems: list(z.object({ file: z.string(), byte: z.int().optional(), entry: z.int().optional(), what: z.string() })),
  notes: list(z.string()),
});

export const verification = named(
  'Verification',
  z.object({
    running: z
      .object({ entries: z.int(), of: z.int(), since: ms, by: z.string() })
      .optional()
      .describe('How far the one that runs has got.'),
    last: z
      .object({ time: ms, took: z.number(), by: z.string(), report: report.optional(), failure: z.string().optional() })
      .optional()
      .describe('The last one of this run of the gateway.'),
    recorded: z
      .object({ time: ms, by: z.string(), what: z.string() })
      .optional()
      .describe('The last one that the journal tells of.'),
  }),
);
