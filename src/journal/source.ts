// A file open for reading at any place: without blocking the thread, or, for worker threads, the cheaper blocking way.
import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs';

/** Bytes of a file. */
export interface Source {
  readonly path: string;
  /** Up to `length` bytes at `offset`; fewer at the end of the file. */
  read(offset: number, length: number): Promise<Buffer> | Buffer;
  size(): number;
  /** Whether another file has taken its name since. */
  replaced(): boolean;
  close(): void;
}

/**
 * Opens a file for reading.
 *
 * @param blocking reads block the calling thread: several times cheaper on cached files, not for a thread that serves others
 */
export function openSource(path: string, blocking: boolean): Source {
  const fd = openSync(path, 'r');
  const readFully = async (offset: number, length: number): Promise<Buffer> => {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const n = await readSome(fd, bytes, done, offset + done);
      if (n === 0) return bytes.subarray(0, done);
      done += n;
    }
    return bytes;
  };
  const readBlocking = (offset: number, length: number): Buffer => {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const n = readSync(fd, bytes, done, length - done, offset + done);
      if (n === 0) return bytes.subarray(0, done);
      done += n;
    }
    return bytes;
  };
  return {
    path,
    read: blocking ? readBlocking : readFully,
    size: () => fstatSync(fd).size,
    replaced: () => fstatSync(fd).nlink === 0,
    close: () => closeSync(fd),
  };
}

const readSome = (fd: number, bytes: Buffer, from: number, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    read(fd, bytes, from, bytes.length - from, position, (error, n) => (error ? reject(error) : resolve(n)));
  });
