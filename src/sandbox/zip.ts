// Zip archives of a few small files, made at once: entries are stored as they are (APPNOTE 6.3.10, 4.3.7 to 4.3.16).
import { crc32 } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly text: string;
}

/** Bit 11 of the flags: names are UTF-8. */
const UTF8_NAMES = 0x0800;
const VERSION = 20;
/** 1980-01-01, the first day that a zip can tell. */
const DAY = 0x21;

/** The archive's bytes. Entries together stay far below 4 GiB, and below 65,536 in number. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, text } of entries) {
    const [path, content] = [Buffer.from(name), Buffer.from(text)];
    // What the local header and the directory say alike: version to extract up to the name's length.
    const shared = Buffer.alloc(24);
    shared.writeUInt16LE(VERSION, 0);
    shared.writeUInt16LE(UTF8_NAMES, 2);
    shared.writeUInt16LE(DAY, 8);
    shared.writeUInt32LE(crc32(content), 10);
    shared.writeUInt32LE(content.length, 14);
    shared.writeUInt32LE(content.length, 18);
    shared.writeUInt16LE(path.length, 22);
    files.push(Buffer.from('PK\x03\x04'), shared, Buffer.alloc(2), path, content);
    const place = Buffer.alloc(16);
    place.writeUInt32LE(offset, 12);
    directory.push(Buffer.from('PK\x01\x02'), Buffer.from([VERSION, 0]), shared, place, path);
    offset += 30 + path.length + content.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(listing.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, listing, Buffer.from('PK\x05\x06'), end]);
}
