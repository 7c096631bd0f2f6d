// Where copies of checkpoints go, so that somebody else holds them: a file, syslog, an HTTP endpoint.
import { Agent, request } from 'undici';
import { parseNote, parseTreeHead } from '../journal/note.ts';
import { appendNote } from '../journal/note-file.ts';
import { type SyslogTarget, sendSyslog } from './syslog.ts';

/** One place. */
export type CopyTarget =
  | { readonly kind: 'file'; readonly path: string }
  | ({ readonly kind: 'syslog' } & SyslogTarget)
  | { readonly kind: 'post'; readonly url: string };

/** What the place is called. */
export function copyName(target: CopyTarget): string {
  switch (target.kind) {
    case 'file':
      return `file ${target.path}`;
    case 'syslog':
      return `syslog ${target.url}`;
    case 'post':
      return `post ${target.url}`;
  }
}

/** Sends a checkpoint to a place. @throws Error when it did not arrive, as far as the place lets one know */
export async function sendCopy(target: CopyTarget, checkpoint: string, signal: AbortSignal): Promise<void> {
  switch (target.kind) {
    case 'file':
      return appendNote(target.path, checkpoint);
    case 'syslog':
      return sendSyslog(target, syslogText(checkpoint), signal);
    case 'post':
      return postCopy(target.url, checkpoint, signal);
  }
}

/** One line: what a person looks for, and the whole note in base64. */
function syslogText(checkpoint: string): string {
  const note = parseNote(checkpoint);
  const head = note && parseTreeHead(note.text);
  const said =
    head === undefined ? '' : `origin=${head.origin} size=${head.size} root=${head.root.toString('base64')} `;
  return `checkpoint ${said}note=${Buffer.from(checkpoint, 'utf8').toString('base64')}`;
}

async function postCopy(url: string, checkpoint: string, signal: AbortSignal): Promise<void> {
  const dispatcher = new Agent({ maxResponseSize: 64 << 10, pipelining: 0, connections: 1 });
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: checkpoint,
      dispatcher,
      signal,
    });
    await response.body.dump();
    if (response.statusCode < 200 || response.statusCode > 299)
      throw new Error(`it answered with status ${response.statusCode}`);
  } finally {
    await dispatcher.destroy().catch(() => undefined);
  }
}
