// Findings and suppressions as lines for a terminal. Every name in them may be an attacker's.
import type { FindingView } from '../api/findings.ts';
import type { FindingState, Severity, Suppression } from '../exchange/finding.ts';
import type { FoundFinding } from '../index/findings.ts';
import { printable } from './printable.ts';
import { ratePlotLines, seconds } from './rate-plot.ts';
import { rowLines, shortId, shortTime } from './row-table.ts';
import { type Column, tableLines } from './table.ts';
import { type Paint, widthOf } from './terminal.ts';

const same = (text: string): string => text;
const severityPaint = (severity: Severity, colour: Paint): ((text: string) => string) =>
  severity === 'critical' || severity === 'high' ? colour.red : severity === 'medium' ? colour.yellow : same;
const statePaint = (state: FindingState, colour: Paint): ((text: string) => string) =>
  state === 'open' ? colour.bold : state === 'acknowledged' ? colour.cyan : colour.dim;

const isOver = ({ state }: Pick<FoundFinding, 'state'>): boolean => state === 'dismissed' || state === 'resolved';

/** Open, or over by itself without anybody having looked: `ended`. */
const stateOf = ({ state, decisions }: FoundFinding): string =>
  state === 'resolved' && decisions.at(-1)?.who === undefined ? 'ended' : state;

const COLUMNS: readonly Column<FoundFinding>[] = [
  {
    title: 'SEVERITY',
    value: ({ severity }) => severity,
    min: 8,
    max: 8,
    always: true,
    paint: ({ severity }, colour) => severityPaint(severity, colour),
  },
  {
    title: 'STATE',
    value: stateOf,
    min: 12,
    max: 12,
    always: true,
    paint: ({ state }, colour) => statePaint(state, colour),
  },
  { title: 'SINCE', value: ({ started }) => shortTime(started), min: 14, max: 14, always: true },
  { title: 'DETECTOR', value: ({ detector }) => detector, min: 8, max: 13 },
  { title: 'TITLE', value: ({ title }) => title, min: 20, max: 100, always: true },
  { title: 'ID', value: ({ id }) => shortId(id), min: 18, max: 18, always: true, paint: (_row, colour) => colour.dim },
];

export const findingTable = (findings: readonly FoundFinding[]): string[] => tableLines(findings, COLUMNS);

/** All about one finding, and what to do next. */
export function findingLines({ finding, related, rows }: FindingView, colour: Paint, width = widthOf()): string[] {
  const { severity, score, title, reason, started, latest, ended, measure, rate, evidence, decisions } = finding;
  const lines = [
    `${severityPaint(severity, colour)(severity)}  ${colour.bold(printable(title))}`,
    '',
    printable(reason),
    '',
    ...pairs(
      [
        ['id', finding.id],
        ['detector', `${finding.detector}, score ${Math.round(score)} of 100`],
        ['state', `${stateOf(finding)}${finding.state === 'open' && ended !== undefined ? ', over' : ''}`],
        [
          'time',
          `${shortTime(started)} to ${shortTime(ended ?? latest)}${ended === undefined && !isOver(finding) ? ', goes on' : ''}, ${seconds((ended ?? latest) - started)}`,
        ],
        ...aboutOf(finding),
        ...(measure
          ? ([
              [
                'counted',
                `${count(measure.observed)} ${measure.unit} in ${seconds(measure.window)}; usual: ${count(measure.low)} to ${count(measure.high)}`,
              ],
            ] as const)
          : []),
        ['evidence', `${count(evidence.count)} exchanges: ${evidence.query}`],
      ],
      colour,
    ),
  ];
  const plot = rate ? ratePlotLines(rate, colour, width) : [];
  if (plot.length > 0) lines.push('', colour.bold('Rate'), ...plot);
  if (decisions.length > 0) lines.push('', colour.bold('Decisions'), ...decisions.map(decisionLine));
  if (related.length > 0) lines.push('', colour.bold('Of the same cause'), ...findingTable(related));
  if (rows.length > 0) lines.push('', colour.bold('Evidence: the first and the latest'), ...rowLines(rows));
  return [...lines, '', colour.bold('What to do next'), ...nextSteps(finding)];
}

function decisionLine({ state, who, reason, time }: FoundFinding['decisions'][number]): string {
  const did = who === undefined ? 'ended by itself' : `${state} by ${printable(who.name)}`;
  return `${shortTime(time)}  ${did}${reason === undefined ? '' : `: ${printable(reason)}`}`;
}

const count = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 });

function aboutOf({ subject }: FoundFinding): (readonly [string, string])[] {
  const { identity, connection, session, family, operation } = subject;
  const named = [
    ['identity', identity && `${identity.name} (${identity.issuer}#${identity.subject})`],
    ['connection', connection],
    ['session', session],
    ['family', family],
    ['operation', operation],
  ] as const;
  return named.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

const pairs = (all: readonly (readonly [string, string])[], colour: Paint): string[] =>
  all.map(([name, value]) => `${colour.dim(name.padEnd(10))}  ${printable(value)}`);

/** Commands that can be copied: what they quote is safe in a shell. */
function nextSteps({ id, state, subject }: FoundFinding): string[] {
  const { identity } = subject;
  const short = shortId(id);
  const over = isOver({ state });
  const who = identity && `${identity.issuer}#${identity.subject}`;
  const steps: (readonly [string, string])[] = [
    [`dogwatch search finding:${short}`, 'every exchange of it'],
    ...(who !== undefined && !over && isPlain(who)
      ? ([[`dogwatch quarantine add '${who}' --reason … --finding ${id}`, 'stop it with its next call']] as const)
      : []),
    ...(over
      ? ([[`dogwatch finding ${short} --reopen`, 'open it again']] as const)
      : ([
          ...(state === 'open'
            ? ([[`dogwatch finding ${short} --acknowledge`, 'you are looking at it']] as const)
            : []),
          [`dogwatch finding ${short} --resolve`, 'it is dealt with'],
          [
            `dogwatch finding ${short} --dismiss … --suppress 7d`,
            'it is no news, and what is alike is none for a week',
          ],
        ] as const)),
  ];
  const widest = Math.max(...steps.map(([command]) => command.length));
  return steps.map(([command, means]) =>
    widest > 70 ? `${command}\n    ${means}` : `${command.padEnd(widest)}  ${means}`,
  );
}

/** Whether it can stand between single quotes, and looks as it is. */
const isPlain = (text: string): boolean => /^[\x20-\x26\x28-\x7e]+$/.test(text);

export function suppressionTable(suppressions: readonly Suppression[]): string[] {
  return tableLines<Suppression>(suppressions, [
    { title: 'SUPPRESSES', value: scopeText, min: 20, max: 70, always: true },
    { title: 'UNTIL', value: ({ expires }) => shortTime(expires), min: 14, max: 14, always: true },
    { title: 'BY', value: ({ by }) => by.name, min: 6, max: 24 },
    { title: 'WHY', value: ({ reason }) => reason, min: 10, max: 60, always: true },
    {
      title: 'ID',
      value: ({ id }) => shortId(id),
      min: 18,
      max: 18,
      always: true,
      paint: (_row, colour) => colour.dim,
    },
  ]);
}

/** `surge of https://idp#agent-7 on main, Metrics` */
export function scopeText({ detector, identity, connection, family, operation }: Suppression): string {
  const of = identity === undefined ? '' : ` of ${identity}`;
  const on = connection === undefined ? '' : ` on ${connection}`;
  const rest = [family, operation].filter((each) => each !== undefined);
  return `${detector ?? 'everything'}${of}${on}${rest.length > 0 ? `, ${rest.join(', ')}` : ''}`;
}
