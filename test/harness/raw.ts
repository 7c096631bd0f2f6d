// A client that sends exactly the bytes it is given, as no HTTP library would, and reads what comes back.
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** 0 when the connection ended without a status line. */
  readonly status: number;
  /** By lower-case name; the last of equal names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Everything that was received. */
  readonly text: string;
}

export interface RawOptions {
  /** Milliseconds until the exchange is given up and what was received so far is the answer. */
  readonly timeout?: number;
  /** Milliseconds between two pieces. */
  readonly pause?: number;
}

/**
 * Sends the pieces one after the other and reads until the server closes, one whole answer came, or time is up.
 * Keeps reading when sending fails, since a refusal may come before the request's end.
 */
export async function sendRaw(
  port: number,
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  { timeout = 10_000, pause = 0 }: RawOptions = {},
): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  const received: Buffer[] = [];
  let length = 0;
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      over = true;
      resolve();
    };
    socket.on('data', (chunk) => {
      received.push(chunk);
      length += chunk.length;
      // Long answers are not looked through again for every piece of them.
      if (length < 1 << 20 && wholeAnswer(Buffer.concat(received))) end();
    });
    socket.on('error', end).on('close', end).on('end', end);
    setTimeout(end, timeout).unref();
  });
  await send(socket, pieces, pause, () => over);
  await ended;
  socket.destroy();
  return parse(Buffer.concat(received).toString('latin1'));
}

async function send(
  socket: Socket,
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  pause: number,
  over: () => boolean,
): Promise<void> {
  for await (const piece of pieces) {
    if (over() || socket.destroyed) return;
    const room = socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    if (!room) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          socket.off('drain', go).off('close', go);
          resolve();
        };
        socket.once('drain', go).once('close', go);
      });
    }
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Whether the bytes are one answer with a Content-Length, complete. */
function wholeAnswer(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const match = /\r\ncontent-length: *(\d+)\r\n/i.exec(bytes.toString('latin1', 0, end + 2));
  return match !== null && bytes.length >= end + 4 + Number(match[1]);
}

function parse(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end < 0 ? text.length : end).split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0);
  return { status, headers, body: end < 0 ? '' : text.slice(end + 4), text };
}
