// Receivers of alerts for tests: an HTTP endpoint, an SMTP server and a syslog listener, on ephemeral ports of loopback.
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { closeHttp, listen } from './listening.ts';

export interface ReceivedPost {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpReceiver {
  readonly url: string;
  readonly received: ReceivedPost[];
  /** How the next messages are answered. */
  status: number;
  headers: Record<string, string>;
  close(): Promise<void>;
}

export async function startHttpReceiver(): Promise<HttpReceiver> {
  const server = createHttpServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      receiver.received.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(receiver.status, receiver.headers).end('ok');
    });
  });
  const port = await listen(server);
  const receiver: HttpReceiver = {
    url: `http://127.0.0.1:${port}`,
    received: [],
    status: 200,
    headers: {},
    close: () => closeHttp(server),
  };
  return receiver;
}

export interface SmtpReceiver {
  readonly port: number;
  /** Messages as they came, headers and all. */
  readonly mails: { readonly from: string; readonly to: readonly string[]; readonly data: string }[];
  /** Base64 that came with AUTH PLAIN. */
  readonly logins: string[];
  /** Answer to RCPT TO. */
  rcpt: string;
  close(): Promise<void>;
}

/** A server that speaks as much of RFC 5321 and AUTH PLAIN (RFC 4954) as a client needs. */
export async function startSmtpReceiver(): Promise<SmtpReceiver> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    const say = (line: string) => socket.write(`${line}\r\n`);
    let buffer = '';
    let from = '';
    let to: string[] = [];
    let data: string[] | undefined;
    say('220 test ESMTP');
    socket.setEncoding('utf8').on('data', (piece: string) => {
      buffer += piece;
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (data !== undefined) {
          if (line !== '.') data.push(line.replace(/^\.\./, '.'));
          else {
            receiver.mails.push({ from, to, data: data.join('\n') });
            data = undefined;
            say('250 taken');
          }
        } else if (/^EHLO/i.test(line)) socket.write('250-test\r\n250 AUTH PLAIN\r\n');
        else if (/^AUTH PLAIN /i.test(line)) {
          receiver.logins.push(line.slice(11));
          say('235 good');
        } else if (/^MAIL FROM/i.test(line)) {
          from = /<(.*?)>/.exec(line)?.[1] ?? '';
          to = [];
          say('250 good');
        } else if (/^RCPT TO/i.test(line)) {
          if (receiver.rcpt.startsWith('2')) to.push(/<(.*?)>/.exec(line)?.[1] ?? '');
          say(receiver.rcpt);
        } else if (/^DATA/i.test(line)) {
          data = [];
          say('354 go on');
        } else if (/^QUIT/i.test(line)) {
          say('221 bye');
          socket.end();
        } else say('250 good');
      }
    });
  });
  const port = await listen(server);
  const receiver: SmtpReceiver = {
    port,
    mails: [],
    logins: [],
    rcpt: '250 good',
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return receiver;
}

export interface SyslogReceiver {
  readonly url: string;
  /** Frames of RFC 6587 octet counting, without their lengths. */
  readonly messages: string[];
  close(): Promise<void>;
}

export async function startSyslogReceiver(): Promise<SyslogReceiver> {
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    socket
      .on('error', () => undefined)
      .on('data', (piece: Buffer) => {
        bytes = Buffer.concat([bytes, piece]);
        for (;;) {
          const [, length = ''] = /^(\d+) /.exec(bytes.toString('latin1', 0, 12)) ?? [];
          const begin = length.length + 1;
          if (length === '' || bytes.length < begin + Number(length)) return;
          receiver.messages.push(bytes.toString('utf8', begin, begin + Number(length)));
          bytes = bytes.subarray(begin + Number(length));
        }
      });
  });
  const port = await listen(server);
  const receiver: SyslogReceiver = {
    url: `tcp://127.0.0.1:${port}`,
    messages: [],
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return receiver;
}

/** Waits until something is so. */
export async function eventually<T>(what: () => T | undefined | false, patience = 8000): Promise<T> {
  const until = Date.now() + patience;
  for (;;) {
    const found = what();
    if (found) return found;
    if (Date.now() > until) throw new Error(`it did not come to be: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
