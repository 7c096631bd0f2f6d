// Alerts as syslog messages: RFC 5424, by the severity of the finding.
import type { Severity } from '../../exchange/finding.ts';
import { sendSyslog } from '../../witness/syslog.ts';
import { oneLine, severityOf, type Told, titleOf } from './message.ts';

/** RFC 5424 section 6.2.1: facility 13, log audit. */
const FACILITY = 13;
const SEVERITY: Readonly<Record<Severity, number>> = { critical: 2, high: 3, medium: 4, low: 5, info: 6 };
/** What every receiver takes in one piece (RFC 5426 section 3.2), with room for the header. */
const MOST = 1700;

/** @throws Error when the system says that it was not taken; UDP never does */
export function sendAlertSyslog(url: string, message: Told, signal: AbortSignal): Promise<void> {
  const { finding, event } = message;
  const quoted = (text: string): string => JSON.stringify(oneLine(text, 256));
  const { identity, connection } = finding?.subject ?? {};
  const fields = [
    `event=${event}`,
    `severity=${severityOf(message)}`,
    ...(finding === undefined ? [] : [`finding=${finding.id}`, `detector=${finding.detector}`]),
    ...(identity === undefined ? [] : [`identity=${quoted(`${identity.issuer}#${identity.subject}`)}`]),
    ...(connection === undefined ? [] : [`connection=${quoted(connection)}`]),
  ];
  const priority = FACILITY * 8 + (event === 'ended' ? 5 : SEVERITY[severityOf(message)]);
  const text = oneLine(`${titleOf(message)} ${fields.join(' ')}`, MOST);
  return sendSyslog({ url }, text, signal, { priority, id: 'alert' });
}
