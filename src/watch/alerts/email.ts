// Alerts by mail, over SMTP: plain text, TLS required beyond loopback, from and to what the configuration says and nobody else.
import type { AlertTargetConfig } from '../../config/alerts.ts';
import { factsOf, reasonOf, type Told, titleOf } from './message.ts';
import { NotDelivered } from './problem.ts';

type Settings = NonNullable<AlertTargetConfig['email']>;

/** Resolves when the server has taken it for all recipients. @throws NotDelivered */
export async function sendMail(
  settings: Settings,
  password: string | undefined,
  message: Told,
  timeout: number,
  signal: AbortSignal,
): Promise<void> {
  const { host, port, tls, user, from, to } = settings;
  // Loaded when there is something to send.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2' },
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const close = (): void => transport.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    const { rejected } = await transport.sendMail({
      from: { name: 'Dogwatch', address: from },
      to: to.map((address) => ({ name: '', address })),
      subject: `[Dogwatch] ${titleOf(message, 150)}`,
      text: textOf(message),
      messageId: `<${message.id}@dogwatch>`,
      // One conversation for each finding.
      ...(message.finding && { references: `<${message.finding.id}@dogwatch>` }),
      headers: { 'auto-submitted': 'auto-generated' },
    });
    if (rejected.length > 0) throw new NotDelivered(`the server refuses ${rejected.length} of ${to.length} recipients`);
  } catch (error) {
    if (error instanceof NotDelivered) throw error;
    throw new NotDelivered(problemOf(error, signal));
  } finally {
    signal.removeEventListener('abort', close);
    transport.close();
  }
}

function textOf(message: Told): string {
  const facts = factsOf(message).map(([name, value]) => `${name}: ${value}`);
  return [titleOf(message), '', reasonOf(message), '', ...facts, ...(message.link ? ['', message.link] : []), ''].join(
    '\n',
  );
}

/** By code alone: what a server says may repeat what it was told. */
function problemOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it did not answer in time';
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const status = typeof responseCode === 'number' ? ` ${responseCode}` : '';
  return `the mail was not taken (${typeof code === 'string' ? code : 'failed'}${status})`;
}
