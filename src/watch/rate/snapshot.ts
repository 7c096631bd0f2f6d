// What the rate detector knows, as bytes: a head in JSON and the pages as they are, with a checksum. Little-endian, as all machines it runs on.
import { crc32 } from 'node:zlib';
import { DogwatchError } from '../../exchange/error.ts';
import { PAGE_BYTES, Page } from './page.ts';

const MAGIC = 'DWRATES2';
/** Magic, length of the head, checksum of what follows. */
const PREFIX = MAGIC.length + 8;

export function pack(head: unknown, pages: readonly Page[]): Uint8Array {
  const json = Buffer.from(JSON.stringify(head));
  const bytes = Buffer.allocUnsafe(PREFIX + json.length + pages.length * PAGE_BYTES);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(json.length, MAGIC.length);
  json.copy(bytes, PREFIX);
  let at = PREFIX + json.length;
  for (const { b } of pages) {
    bytes.set(b, at);
    at += b.length;
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(PREFIX)), MAGIC.length + 4);
  return bytes;
}

/** @throws DogwatchError `internal` when the bytes are of another version or damaged */
export function unpack(bytes: Uint8Array): { head: unknown; pages: Page[] } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < PREFIX || buffer.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw useless('of another version');
  const length = buffer.readUInt32LE(MAGIC.length);
  const rest = buffer.length - PREFIX - length;
  if (rest < 0 || rest % PAGE_BYTES !== 0) throw useless('torn');
  if (crc32(buffer.subarray(PREFIX)) !== buffer.readUInt32LE(MAGIC.length + 4)) throw useless('damaged');
  const pages: Page[] = [];
  for (let at = PREFIX + length; at < buffer.length; at += PAGE_BYTES) {
    const page = new Page();
    page.b.set(buffer.subarray(at, at + PAGE_BYTES));
    pages.push(page);
  }
  return { head: JSON.parse(buffer.toString('utf8', PREFIX, PREFIX + length)), pages };
}

const useless = (why: string): DogwatchError =>
  new DogwatchError('internal', `the state of the rate detector is ${why}`, {
    remedy: 'Nothing needs to be done: what is usual is learned anew.',
  });
