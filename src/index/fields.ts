// The fields a query may name: what they mean, how their values are read and compared. Also what autocomplete offers.
import { ACTIONS, RISK_LEVELS, RISK_TAGS } from '../exchange/operation.ts';

/**
 * How a field's value is read.
 * `keyword`: text, compared without regard to case, with `*` wildcards. `enum`: one of `values`. `ordered`: one of `values`, which
 * have an order. `number`, `duration` (ms), `bytes`, `time`: compared as numbers. `id`: hexadecimal digits of a UUID from its
 * beginning. `text`: words, as free text is matched. `saved`: the name of a query that stands in its place.
 */
export type FieldType =
  | 'keyword'
  | 'enum'
  | 'ordered'
  | 'number'
  | 'duration'
  | 'bytes'
  | 'time'
  | 'id'
  | 'text'
  | 'saved';

export interface Field {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly type: FieldType;
  readonly means: string;
  readonly example: string;
  /** Every value there is (`enum`, `ordered`). */
  readonly values?: readonly string[];
  /** Can be counted by value. */
  readonly facet?: true;
}

const KINDS = [
  'exchange',
  'identity.refused',
  'identity.token',
  'identity.revoked',
  'identity.sign-in',
  'identity.sign-out',
  'identity.sign-in-refused',
  'audit.search',
  'audit.view',
  'audit.tail',
  'audit.export',
  'audit.verify',
  'admin.config',
  'admin.connection',
  'admin.keys',
  'admin.index',
  'admin.agent',
  'admin.hold',
  'admin.query',
  'admin.suppression',
  'admin.containment',
  'admin.approval',
  'admin.alert',
  'finding.opened',
  'finding.updated',
  'finding.ended',
  'finding.decided',
  'alert.delivered',
  'alert.failed',
  'gateway.start',
  'gateway.stop',
  'journal.recovered',
  'journal.key',
  'journal.erased',
];
const OUTCOMES = ['complete', 'refused', 'upstream-failed', 'client-aborted', 'unknown', 'pending'];

/** Every field of the query language, in the order in which docs and autocomplete show them. */
export const FIELDS: readonly Field[] = [
  {
    name: 'op',
    aliases: ['operation'],
    type: 'keyword',
    means: 'Datadog operation. Without a version it means any version.',
    example: 'op:v1.UpdateMonitor',
    facet: true,
  },
  {
    name: 'action',
    type: 'enum',
    values: ACTIONS,
    means: 'What the call does.',
    example: 'action:delete',
    facet: true,
  },
  {
    name: 'resource',
    type: 'keyword',
    means: 'What the call touched, as kind/id; the kind alone means every one of it.',
    example: 'resource:monitor/123',
    facet: true,
  },
  { name: 'title', type: 'text', means: "Words of a touched resource's title.", example: 'title:"checkout latency"' },
  { name: 'metric', type: 'keyword', means: 'Metric asked for.', example: 'metric:auth.*', facet: true },
  {
    name: 'query',
    type: 'text',
    means: 'Words of a log, span, RUM or event search asked for.',
    example: 'query:payments',
  },
  {
    name: 'who',
    aliases: ['agent'],
    type: 'keyword',
    means: 'Verified caller: its name, subject or email.',
    example: 'who:claude*',
    facet: true,
  },
  { name: 'subject', type: 'keyword', means: "Subject of the caller's token.", example: 'subject:agent-7' },
  {
    name: 'issuer',
    type: 'keyword',
    means: "Issuer of the caller's token.",
    example: 'issuer:https://login.example.com',
  },
  { name: 'email', type: 'keyword', means: 'Email of the caller.', example: 'email:*@example.com' },
  {
    name: 'identity',
    type: 'enum',
    values: ['agent', 'workload', 'person'],
    means: 'Kind of the caller.',
    example: 'identity:agent',
    facet: true,
  },
  { name: 'group', type: 'keyword', means: 'Group of the caller at that moment.', example: 'group:sre', facet: true },
  { name: 'behalf', type: 'keyword', means: 'Subject the caller acted for or through.', example: 'behalf:alice' },
  {
    name: 'claim',
    type: 'keyword',
    means: 'Verified claim of a workload, as name=value.',
    example: 'claim:repository=acme/*',
  },
  {
    name: 'client',
    type: 'keyword',
    means: 'What the caller says of itself (unverified): agent name or User-Agent.',
    example: 'client:claude-code*',
    facet: true,
  },
  {
    name: 'session',
    type: 'keyword',
    means: 'Session, one run of one agent.',
    example: 'session:nightly-42',
    facet: true,
  },
  { name: 'source', type: 'keyword', means: 'IP address the call came from.', example: 'source:10.0.*', facet: true },
  {
    name: 'connection',
    type: 'keyword',
    means: 'Datadog organisation the call was for.',
    example: 'connection:prod',
    facet: true,
  },
  { name: 'host', type: 'keyword', means: 'Datadog host.', example: 'host:api.datadoghq.eu' },
  { name: 'method', type: 'keyword', means: 'HTTP method.', example: 'method:POST', facet: true },
  { name: 'path', type: 'keyword', means: 'Path, without the query string.', example: 'path:/api/v1/monitor/*' },
  { name: 'risk', type: 'ordered', values: RISK_LEVELS, means: 'Risk class.', example: 'risk:>=high', facet: true },
  {
    name: 'tag',
    type: 'enum',
    values: RISK_TAGS,
    means: 'Why a call deserves attention.',
    example: 'tag:blindness',
    facet: true,
  },
  {
    name: 'verdict',
    type: 'enum',
    values: ['allow', 'deny', 'hold'],
    means: 'What policy said.',
    example: 'verdict:deny',
    facet: true,
  },
  { name: 'rule', type: 'keyword', means: 'Rule that said so.', example: 'rule:no-deletes', facet: true },
  {
    name: 'outcome',
    type: 'enum',
    values: OUTCOMES,
    means: 'How the call ended.',
    example: 'outcome:unknown',
    facet: true,
  },
  { name: 'error', type: 'keyword', means: "Dogwatch's own error code.", example: 'error:token_expired', facet: true },
  { name: 'status', type: 'number', means: 'HTTP status; 4xx means 400 to 499.', example: 'status:>=400', facet: true },
  {
    name: 'latency',
    aliases: ['duration'],
    type: 'duration',
    means: 'Time from request to end of response.',
    example: 'latency:>500ms',
  },
  { name: 'bytes', type: 'bytes', means: 'Bytes of both bodies together.', example: 'bytes:>1MB' },
  { name: 'request-bytes', type: 'bytes', means: 'Bytes of the request body.', example: 'request-bytes:>64KB' },
  { name: 'response-bytes', type: 'bytes', means: 'Bytes of the response body.', example: 'response-bytes:>1MB' },
  {
    name: 'time',
    type: 'time',
    means: 'When the request was received.',
    example: 'time:[2026-11-22T09:00 TO 2026-11-22T10:00]',
  },
  { name: 'since', type: 'time', means: 'From that time on: how long ago, or a date.', example: 'since:24h' },
  { name: 'until', type: 'time', means: 'Up to that time, a day included.', example: 'until:2026-11-22T10:00Z' },
  {
    name: 'before',
    type: 'time',
    means: 'Before that time, a day not included.',
    example: 'before:"2026-11-22 10:00"',
  },
  { name: 'id', aliases: ['exchange'], type: 'id', means: 'Exchange id, or its beginning.', example: 'id:0192ab*' },
  {
    name: 'kind',
    type: 'enum',
    values: KINDS,
    means: 'Kind of record; exchanges only, unless named.',
    example: 'kind:audit.*',
    facet: true,
  },
  {
    name: 'finding',
    type: 'saved',
    means: 'Exchanges that belong to a finding, by its id or the beginning of it.',
    example: 'finding:0192ab34',
  },
  { name: 'saved', type: 'saved', means: 'What a saved query says, in parentheses.', example: 'saved:risky-changes' },
];

const byName = new Map<string, Field>();
for (const field of FIELDS) for (const name of [field.name, ...(field.aliases ?? [])]) byName.set(name, field);

/** The field of that name or alias; case does not matter. */
export const fieldByName = (name: string): Field | undefined => byName.get(name.toLowerCase());
