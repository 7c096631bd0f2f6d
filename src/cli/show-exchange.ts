// One exchange as text for people: who it verifiably was apart from what it said of itself, what was judged, sent and answered.
import type { BodyView, ExchangeView } from '../api/schemas-exchange.ts';
import type { Header } from '../exchange/exchange.ts';
import { printable } from './printable.ts';
import type { Paint } from './terminal.ts';
import { didText, differenceLines, nameOf } from './told-change.ts';

/** Lines of a body that are shown; `--json` and the raw body have all. */
const MAX_LINES = 400;

export function exchangeLines(view: ExchangeView, colour: Paint): string[] {
  const lines: string[] = [];
  const field = (name: string, value: string | undefined, mark: (text: string) => string = (text) => text): void => {
    if (value !== undefined && value !== '') lines.push(`${colour.dim(name.padEnd(12))} ${mark(printable(value))}`);
  };
  const heading = (text: string): void => {
    lines.push('', colour.bold(printable(text)));
  };
  const { identity, classification, verdict, request, response, timing } = view;

  lines.push(colour.bold(`Exchange ${printable(view.id)}`));
  field('time', new Date(view.receivedAt).toISOString());
  field('outcome', outcomeText(view), view.outcome === 'complete' ? colour.green : colour.red);

  heading('Who (verified)');
  if (identity) {
    field('name', identity.name);
    field('kind', identity.kind);
    field('subject', identity.subject);
    field('issuer', identity.issuer);
    field('email', identity.email);
    field('groups', identity.groups.join(', ') || '(none)');
    field('on behalf of', identity.onBehalfOf.map(({ issuer, subject }) => `${subject} (${issuer})`).join(' ← '));
    for (const [name, value] of Object.entries(identity.claims)) field(name, value);
  } else lines.push('not identified');
  heading('Claimed by the client (unverified)');
  field('user agent', view.client.userAgent);
  field('agent', view.client.agent);
  field('source', view.source);

  heading('What');
  field('operation', classification.operation);
  field('action', classification.action);
  field('risk', [classification.risk, ...classification.tags].join(', '));
  for (const resource of view.resources) field('resource', nameOf(resource));
  field('metrics', classification.asked.metrics?.join(', '));
  for (const query of classification.asked.queries ?? []) field('query', query);
  field('session', view.session);
  field('connection', view.connection);

  heading('Verdict');
  field(
    'decision',
    `${verdict.decision} by rule ${verdict.rule}`,
    verdict.decision === 'allow' ? colour.green : colour.red,
  );
  field('reason', verdict.reason);
  if (view.error) field('error', `${view.error.code}: ${view.error.message}`, colour.red);

  if (view.changes && view.changes.length > 0) {
    heading('Changed');
    const failure = String(view.error?.code ?? view.response?.status ?? view.outcome);
    for (const change of view.changes) lines.push(didText(change, failure, colour), ...differenceLines(change, colour));
  }

  heading(`Request   ${request.method} https://${request.host}${request.target}`);
  lines.push(...headerLines(request.headers, colour), ...bodyLines(request.body, request.headers, colour));

  if (response) {
    heading(`Response  ${response.status}`);
    lines.push(...headerLines(response.headers, colour), ...bodyLines(response.body, response.headers, colour));
    if (response.trailers?.length) lines.push(...headerLines(response.trailers, colour));
  }

  heading('Record');
  field('leaves', view.leaves.join(', '));
  for (const { parts, time, by, why, leaf } of view.erasures ?? [])
    field(
      'erased',
      `${parts.join(', ')} on ${new Date(time).toISOString()} by ${by} (entry ${leaf}): ${why}`,
      colour.yellow,
    );
  if (timing) {
    const parts = [
      timing.forwarded !== undefined && `sent after ${ms(timing.forwarded)}`,
      timing.firstByte !== undefined && `first byte after ${ms(timing.firstByte)}`,
      `complete after ${ms(timing.completed)}`,
    ];
    field('timing', parts.filter((part) => part !== false).join(', '));
  }
  return lines;
}

const ms = (value: number): string =>
  value < 1000 ? `${Math.round(value * 10) / 10} ms` : `${Math.round(value / 10) / 100} s`;

function outcomeText(view: ExchangeView): string {
  switch (view.outcome) {
    case 'unknown':
      return 'unknown: the gateway stopped between sending and recording the answer; Datadog may or may not have acted';
    case 'pending':
      return 'pending: no outcome has been recorded yet';
    default:
      return view.outcome;
  }
}

function headerLines(headers: readonly Header[], colour: Paint): string[] {
  return headers.map(([name, value]) => `${colour.dim(`${printable(name)}:`)} ${printable(value)}`);
}

function bodyLines(body: BodyView, headers: readonly Header[], colour: Paint): string[] {
  const notes: string[] = [];
  const { content } = body;
  if (body.withheld) notes.push(`not held in full (${body.withheld}): ${body.recorded} of ${body.size} bytes`);
  if (body.redacted?.length) notes.push(`secrets replaced by fingerprints: ${body.redacted.join(', ')}`);
  if (content?.undone) notes.push(`decoded from ${content.undone}`);
  if (content?.undecodable) notes.push(`shown as it came: ${content.undecodable}`);
  if (content?.truncated) notes.push('only its beginning is shown');
  const shown = notes.map((note) => colour.yellow(`(${printable(note)})`));
  if (!content) return body.size === 0 || shown.length > 0 ? shown : [...shown, `(${body.size} bytes)`];
  if (content.encoding === 'base64')
    return [...shown, '', `(${Buffer.byteLength(content.text, 'base64')} bytes that are no text)`];
  const text = isJson(headers) ? prettyJson(content.text) : content.text;
  const lines = printable(text, 'lines').split('\n');
  const cut =
    lines.length > MAX_LINES
      ? [...lines.slice(0, MAX_LINES), `… ${lines.length - MAX_LINES} more lines; --json has them`]
      : lines;
  return [...shown, '', ...cut];
}

const isJson = (headers: readonly Header[]): boolean =>
  headers.some(([name, value]) => name.toLowerCase() === 'content-type' && /\bjson\b/i.test(value));

/** Indented without parsing to numbers and back, so that what is shown is what was recorded: 1.0 stays 1.0, and so do large ids. */
export function prettyJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let result = '';
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const line = () => `\n${'  '.repeat(depth)}`;
    if (token === '{' || token === '[') {
      depth += 1;
      result += token + line();
    } else if (token === '}' || token === ']') {
      depth -= 1;
      // An empty object or list stays on its line.
      result = /[{[]\n\s*$/.test(result) ? result.trimEnd() + token : result + line() + token;
    } else if (token === ',') result += token + line();
    else if (token === ':') result += ': ';
    else result += token;
  }
  return result;
}
