// A replay as lines for a terminal.
import type { Divergence } from '../replay/compare.ts';
import type { Replay, ResourceImpact, Step } from '../replay/report.ts';
import { changeLines } from './change-text.ts';
import { fitted, printable } from './printable.ts';
import { type Paint, paint, widthOf } from './terminal.ts';

const MOST_DIVERGENCES = 10;

/** One step: what was called, what came then and now, what it changed, where it went another way. */
export function stepLines(step: Step, width = widthOf(), colour: Paint = paint()): string[] {
  const { n, operation, method = '', target = '', how, why, status, changes, edited } = step;
  const head = `${String(n).padStart(4)}  ${operation.padEnd(28)} ${method} ${target}`;
  const line = fitted(printable(head), Math.max(width - 16, 30)).trimEnd();
  const after =
    how === 'executed'
      ? status.recorded === status.actual
        ? colour.green(String(status.actual))
        : colour.red(`${status.recorded ?? '?'} → ${status.actual}`)
      : colour.dim(how.replace('-', ' '));
  const inner = width - 8;
  return [
    `${line}  ${after}${edited ? colour.yellow('  edited') : ''}`,
    ...(how === 'executed' || why === undefined ? [] : [`        ${colour.dim(printable(why))}`]),
    ...changes.flatMap(({ kind, id, effect, changes: fields }) => [
      `        ${effectText(effect, colour)} ${printable(`${kind}/${id}`)}`,
      ...changeLines(fields, { width: inner - 4, colour, most: 20 }).map((each) => `            ${each}`),
    ]),
    ...divergenceLines(step.divergences, width, colour),
  ];
}

function divergenceLines(divergences: readonly Divergence[], width: number, colour: Paint): string[] {
  const lines = divergences.slice(0, MOST_DIVERGENCES).map(({ where, path, recorded, actual }) => {
    const what = where === 'status' ? 'status' : `${where} of ${path || 'the answer'}`;
    return `        ${colour.red(fitted(printable(`≠ ${what}: ${brief(recorded)} then, ${brief(actual)} now`), width - 8).trimEnd())}`;
  });
  const [first] = divergences;
  if (first === undefined) return [];
  if (divergences.length > lines.length) lines.push(`        … and ${divergences.length - lines.length} more`);
  return [...lines, `        ${colour.dim(`because ${printable(first.because)}`)}`];
}

const brief = (value: unknown): string =>
  value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 200) ?? 'nothing');

/** What it came to: resource by resource. */
export function summaryLines(replay: Replay, width = widthOf(), colour: Paint = paint()): string[] {
  const { steps, impact, missing, divergences, verified, origin, ids } = replay;
  const count = (how: Step['how']): number => steps.filter((step) => step.how === how).length;
  return [
    '',
    colour.bold(`Replayed session ${printable(replay.session)} against ${printable(replay.against)}`),
    `${count('executed')} calls executed, ${count('from-recording')} answered from the recording, ${count('skipped')} skipped, ${count('stepped-over')} stepped over; ${divergences} divergences`,
    colour.dim(
      `verified ${verified.entries} entries before it began; ${origin.resources} resources known from ${origin.calls} recorded calls; ${ids.length} ids mapped`,
    ),
    ...(origin.guessed.length === 0
      ? []
      : [colour.yellow(`known only from the answer to its first change: ${printable(origin.guessed.join(', '))}`)]),
    '',
    colour.bold('Impact'),
    ...(impact.length === 0 ? ['  nothing was changed'] : impact.flatMap((each) => impactLines(each, width, colour))),
    ...(missing.length === 0 ? [] : ['', colour.bold('Changed then, not now')]),
    ...missing.map(({ kind, id, because }) => `  ${printable(`${kind}/${id}`)}: ${printable(because)}`),
  ];
}

function impactLines(each: ResourceImpact, width: number, colour: Paint): string[] {
  const { kind, id, recordedId, title, effect, changes, steps, risk, tags, asRecorded, divergences } = each;
  const name = `${kind}/${id}${recordedId === undefined ? '' : ` (${recordedId} then)`}${title === undefined ? '' : ` "${title}"`}`;
  const marks = [risk, ...tags].join(', ');
  return [
    `  ${effectText(effect, colour)} ${fitted(printable(name), Math.max(width - 12, 20)).trimEnd()}`,
    colour.dim(
      `      ${marks}; call${steps.length === 1 ? '' : 's'} ${steps.join(', ')}${asRecorded === undefined ? '' : asRecorded ? '; ends as recorded' : '; does not end as recorded'}`,
    ),
    ...changeLines(changes, { width: width - 6, colour }).map((line) => `      ${line}`),
    ...divergenceLines(divergences, width, colour),
  ];
}

function effectText(effect: ResourceImpact['effect'], colour: Paint): string {
  if (effect === 'created') return colour.green('created  ');
  if (effect === 'deleted') return colour.red('deleted  ');
  return effect === 'updated' ? colour.yellow('updated  ') : colour.dim('unchanged');
}
