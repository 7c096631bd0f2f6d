// Changes, reads, accounts and plans as lines for a terminal.
import type { ChangeItem } from '../api/change-items.ts';
import type { History, OutsideChange } from '../api/history.ts';
import type { ResourceImpact, RevertPlan, RevertStep } from '../api/impact.ts';
import type { Changes, Impact, Reads } from '../api/inquiries.ts';
import type { ResourceState } from '../api/resource-changes.ts';
import type { Brief, SessionAccount } from '../api/session-account.ts';
import type { ReadItem } from '../api/told-reads.ts';
import { whoOf } from './names.ts';
import { fitted, printable } from './printable.ts';
import { shortId, shortTime } from './row-table.ts';
import { type Paint, widthOf } from './terminal.ts';
import { didText, differenceLines, indentedChanges, nameOf } from './told-change.ts';

/** `11-22 10:00:00  ci-agent changed monitor/123 "CPU" (v1.UpdateMonitor, session …, 0192…)`, and what is different below. */
export function changeItemLines(item: ChangeItem, colour: Paint, options: { reasons?: boolean } = {}): string[] {
  const { time, identity, operation, session, exchange } = item;
  const did = didText(item, String(item.error ?? item.status ?? item.outcome), colour);
  const where = [operation, ...(session === undefined ? [] : [`session ${session}`]), shortId(exchange)].join(', ');
  const lines = [
    `${colour.dim(shortTime(time))}  ${colour.bold(printable(whoOf(identity)))} ${did}`,
    colour.dim(`    ${printable(where)}`),
  ];
  if (options.reasons && item.reasons.length > 0) lines.push(`    ${colour.red(printable(item.reasons.join(', ')))}`);
  lines.push(...differenceLines(item, colour));
  if (item.reaches.length > 0) lines.push(colour.dim(`    reaches ${item.reaches.map(nameOf).join(', ')}`));
  return lines;
}

function outsideLines(change: OutsideChange, colour: Paint): string[] {
  const what = change.became === 'absent' ? 'deleted' : change.became === 'there' ? 'made again' : 'changed';
  return [
    `${colour.dim(shortTime(change.to))}  ${colour.cyan(`${what} outside of Dogwatch`)}, between ${shortTime(change.from)} and ${shortTime(change.to)}`,
    ...indentedChanges(change.changes, colour),
  ];
}

export function historyLines({ resource, items }: History, colour: Paint): string[] {
  const lines = [colour.bold(nameOf(resource))];
  for (const item of items)
    lines.push('', ...(item.type === 'outside' ? outsideLines(item, colour) : changeItemLines(item, colour)));
  return lines;
}

export function changesLines({ items, from, to, truncated }: Changes, colour: Paint): string[] {
  const lines = [colour.bold(`${items.length} changes from ${shortTime(from)} to ${shortTime(to)}, riskiest first`)];
  for (const item of items) lines.push('', ...changeItemLines(item, colour, { reasons: true }));
  if (truncated) lines.push('', 'There are more: narrow the window, or name a --kind.');
  return lines;
}

export function readsLines({ items }: Reads, colour: Paint): string[] {
  return items.flatMap((item) => ['', ...readLines(item, colour)]).slice(1);
}

function readLines(
  { time, identity, operation, session, exchange, asked, range, status }: ReadItem,
  colour: Paint,
): string[] {
  const where = [operation, ...(session === undefined ? [] : [`session ${session}`]), shortId(exchange)].join(', ');
  const looked = [
    ...asked.metrics.map((metric) => `metric ${metric}`),
    ...asked.searches.map(({ kind, query }) => `${kind} ${JSON.stringify(query)}`),
  ];
  const by = [
    ...(asked.filters.length > 0 ? [`of ${asked.filters.join(', ')}`] : []),
    ...(asked.groupBys.length > 0 ? [`by ${asked.groupBys.join(', ')}`] : []),
  ].join(' ');
  const moment = (at: number | undefined, text: string | undefined) =>
    at === undefined ? (text ?? '…') : shortTime(at);
  const over =
    range === undefined && asked.from === undefined && asked.to === undefined
      ? ''
      : `from ${moment(range?.from, asked.from)} to ${moment(range?.to, asked.to)}`;
  return [
    `${colour.dim(shortTime(time))}  ${colour.bold(printable(whoOf(identity)))} looked at ${printable(looked.join('; ') || operation)}${(status ?? 200) >= 400 ? colour.red(` (${status})`) : ''}`,
    ...[by, over].filter((text) => text !== '').map((text) => `    ${printable(text)}`),
    colour.dim(`    ${printable(where)}`),
  ];
}

const lasting = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;

export function accountLines(account: SessionAccount, colour: Paint): string[] {
  const { session, reads, metrics, changes, refusals, errors, flagged } = account;
  const lines = [
    colour.bold(`Session ${printable(session.id)}`),
    `${printable(whoOf(session.identity))}, groups ${printable(session.identity?.groups.join(', ') || '(none)')}`,
    `${new Date(session.first).toISOString()} to ${new Date(session.last).toISOString()}, ${lasting(account.lasted)}: ${session.calls} calls (${lasting(account.inCalls)} in them), ${session.mutations} changes, ${session.refusals} refused, ${session.errors} errors`,
  ];
  const section = (title: string, content: readonly string[]): void => {
    if (content.length > 0) lines.push('', colour.bold(title), ...content);
  };
  section(
    'Changed',
    changes.flatMap((item) => changeItemLines(item, colour)),
  );
  section('Read', [
    ...reads.map(
      ({ operation, calls, took }) =>
        `  ${String(calls).padStart(5)}  ${printable(operation)}  ${colour.dim(lasting(took))}`,
    ),
    ...(metrics.length > 0 ? [`  metrics ${printable(metrics.join(', '))}`] : []),
  ]);
  section(
    'Refused',
    refusals.map((each) => briefLine(each, colour)),
  );
  section(
    'Failed',
    errors.map((each) => briefLine(each, colour)),
  );
  section(
    'Cost, blindness, secrets',
    flagged.map((each) => briefLine(each, colour)),
  );
  if (account.beyond > 0) lines.push('', `${account.beyond} later calls are not in this account.`);
  return lines;
}

function briefLine({ time, operation, why, status, outcome, tags, took, exchange }: Brief, colour: Paint): string {
  const end = why ?? (outcome === 'complete' ? String(status ?? '') : outcome);
  const told = [end, ...tags, ...(took === undefined ? [] : [lasting(took)])].join(', ');
  return `  ${colour.dim(shortTime(time))}  ${printable(operation)}  ${printable(told)}  ${colour.dim(shortId(exchange))}`;
}

export function impactLines({ session, items }: Impact, colour: Paint): string[] {
  const lines = [colour.bold(`${items.length} resources touched by session ${printable(session.id)}`)];
  for (const item of items) lines.push('', ...resourceLines(item, colour));
  return lines;
}

function resourceLines(
  { resource, before, after, changes, exchanges, changedSince }: ResourceImpact,
  colour: Paint,
): string[] {
  const lines = [
    `${colour.bold(nameOf(resource))}: ${stateText(before)} before, ${stateText(after)} after; ${exchanges.length} ${exchanges.length === 1 ? 'change' : 'changes'}`,
    ...indentedChanges(changes, colour),
  ];
  for (const [name, state] of [
    ['before', before],
    ['after', after],
  ] as const)
    if (changes === undefined && state.state === 'there')
      lines.push(
        colour.dim(
          `    ${name}: ${fitted(printable(JSON.stringify(state.value)), Math.max(widthOf() - 14, 40)).trimEnd()}`,
        ),
      );
  if (changedSince.length > 0)
    lines.push(colour.yellow(`    changed since by ${changedSince.map(shortId).join(', ')}`));
  return lines;
}

const stateText = (state: ResourceState): string =>
  state.state === 'unknown' ? `unknown (${printable(state.why)})` : state.state === 'there' ? 'there' : 'not there';

export function planLines({ steps, left }: RevertPlan, colour: Paint): string[] {
  const lines = steps.flatMap((step, at) => stepLines(step, at + 1, colour));
  for (const { resource, exchange, why } of left)
    lines.push(
      `${colour.yellow('left as it is')}  ${nameOf(resource)} (${shortId(exchange)}): ${printable(why.join('; '))}`,
    );
  return lines.length > 0 ? lines : ['There is nothing to undo.'];
}

const DOES = { update: 'put back', create: 'make again', delete: 'delete', opposite: 'undo' } as const;

function stepLines(
  { call, resource, cannot, changedSince, undoes }: RevertStep,
  number: number,
  colour: Paint,
): string[] {
  return [
    `${number}. ${colour.bold(DOES[call.does])} ${nameOf(resource)}`,
    `    ${call.method} ${printable(call.target)}  ${colour.dim(`${call.operation}, undoes ${undoes.map(shortId).join(', ')}`)}`,
    ...cannot.map((what) => colour.yellow(`    but ${printable(what)}`)),
    ...(changedSince.length > 0 ? [colour.yellow(`    changed since by ${changedSince.map(shortId).join(', ')}`)] : []),
  ];
}
