// What an alert says, in words that every kind of receiver gets: made of a finding, and of what was done upon it.
import type { AlertEvent } from '../../exchange/alert.ts';
import type { Containment, Finding, Severity } from '../../exchange/finding.ts';

/** A finding as it goes out: without the points around it. */
export type ToldFinding = Omit<Finding, 'rate'>;

/** One message, as it is kept until it is delivered. */
export interface Message {
  /** UUIDv7; the same with every attempt. */
  readonly id: string;
  readonly event: AlertEvent;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly finding?: ToldFinding;
  /** What rules contained upon it. */
  readonly containments?: readonly Containment[];
}

/** A message and where to look further. */
export interface Told extends Message {
  /** Of the finding in the console, when that is configured. */
  readonly link?: string;
}

export const told = ({ rate: _rate, ...finding }: Finding): ToldFinding => finding;

const HOSTILE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]+/gu;

/** Text that agents may have had a hand in, as one line without anything that steers a terminal, a mail or a screen. */
export function oneLine(text: string, most: number): string {
  const clean = text.replace(HOSTILE, ' ').trim();
  return clean.length <= most ? clean : `${clean.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

export const severityOf = ({ finding }: Message): Severity => finding?.severity ?? 'info';

const LEADS: Readonly<Record<AlertEvent, string>> = {
  opened: '',
  raised: 'More severe: ',
  contained: 'Contained: ',
  ended: 'Over: ',
  test: '',
};

/** One line of at most so many characters. */
export function titleOf(message: Message, most = 240): string {
  const { event, finding } = message;
  if (finding === undefined) return 'Dogwatch test message: this route works';
  return oneLine(`${LEADS[event]}${finding.title}`, most);
}

/** What it is about, name by name; values are one line each. */
export function factsOf(message: Message): [name: string, value: string][] {
  const { finding, containments = [] } = message;
  if (finding === undefined) return [];
  const { subject, measure, evidence } = finding;
  const facts: [string, string | undefined][] = [
    ['Severity', `${finding.severity} (score ${Math.round(finding.score)})`],
    ['Detector', finding.detector],
    [
      'Identity',
      subject.identity && `${subject.identity.name} (${subject.identity.issuer}#${subject.identity.subject})`,
    ],
    ['Session', subject.session],
    ['Connection', subject.connection],
    ['Operation', subject.operation ?? subject.family],
    [
      'Counted',
      measure &&
        `${measure.observed} ${measure.unit} in ${Math.round(measure.window / 1000)} s; usual ${measure.low} to ${measure.high}`,
    ],
    ['Began', new Date(finding.started).toISOString()],
    ['Ended', finding.ended === undefined ? undefined : new Date(finding.ended).toISOString()],
    ['Exchanges', `${evidence.count}`],
    ...containments.map(({ id, level, expires }): [string, string] => [
      'Contained',
      `${level}${expires === undefined ? '' : ` until ${new Date(expires).toISOString()}`}; dogwatch quarantine release ${id}`,
    ]),
    ['Finding', finding.id],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, oneLine(value, 512)]]));
}

export const reasonOf = ({ finding }: Message): string =>
  finding === undefined ? 'Somebody tried this alert route. There is nothing to do.' : oneLine(finding.reason, 2000);
