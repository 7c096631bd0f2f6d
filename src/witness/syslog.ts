// One message to a syslog receiver: RFC 5424, over UDP (RFC 5426), TCP (RFC 6587, octet counting), TLS (RFC 5425) or a Unix stream socket.
import { createSocket } from 'node:dgram';
import { connect, isIP, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';

export interface SyslogTarget {
  /** `udp://host:514`, `tcp://host:514`, `tls://host:6514`, `unix:///run/syslog.sock` */
  readonly url: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'udp:': 514, 'tcp:': 514, 'tls:': 6514 };

/** What a message is: PRI and MSGID of RFC 5424. */
export interface SyslogKind {
  readonly priority: number;
  readonly id: string;
}

/** Facility 13, log audit; severity 5, notice. */
const CHECKPOINT: SyslogKind = { priority: 13 * 8 + 5, id: 'checkpoint' };

const field = (text: string, most: number): string => text.replace(/[^\x21-\x7e]/g, '').slice(0, most) || '-';

/** The message's text. `text` has one line. */
export const syslogMessage = (text: string, time: Date, { priority, id }: SyslogKind = CHECKPOINT): string =>
  `<${priority}>1 ${time.toISOString()} ${field(hostname(), 255)} dogwatch ${process.pid} ${field(id, 32)} - ${text}`;

/** Sends one message. @throws Error when the system says that it was not taken; UDP never does */
export async function sendSyslog(
  { url }: SyslogTarget,
  text: string,
  signal: AbortSignal,
  kind: SyslogKind = CHECKPOINT,
): Promise<void> {
  const parsed = new URL(url);
  const message = Buffer.from(syslogMessage(text, new Date(), kind), 'utf8');
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const port = Number(parsed.port) || (DEFAULT_PORTS[parsed.protocol] ?? 0);
  if (parsed.protocol === 'udp:') return sendDatagram(host, port, message);
  const socket =
    parsed.protocol === 'unix:'
      ? connect(decodeURIComponent(parsed.pathname))
      : parsed.protocol === 'tls:'
        ? connectTls({ host, port, minVersion: 'TLSv1.2', ...(isIP(host) === 0 && { servername: host }) })
        : connect(port, host);
  await sendFramed(socket, Buffer.concat([Buffer.from(`${message.length} `), message]), signal);
}

async function sendDatagram(host: string, port: number, message: Buffer): Promise<void> {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.send(message, port, host, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    socket.close();
  }
}

/** Writes, half-closes, and waits until the other side has closed as well: then it has read all of it. */
function sendFramed(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = (): void => void socket.destroy(new Error('it did not take the message in time'));
    if (signal.aborted) late();
    signal.addEventListener('abort', late, { once: true });
    socket.once('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', late);
      resolve();
    });
    socket.resume();
    socket.end(bytes);
  });
}
