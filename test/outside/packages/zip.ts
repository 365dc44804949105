import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/** A file of a ZIP archive. */
interface Entry {
  readonly name: string;
  /** Unpacked. */
  readonly bytes: number;
  read(): Buffer;
}

/** The files of a ZIP archive below 4 GB, by its central directory. */
export function zipEntries(file: string): ReadonlyMap<string, Entry> {
  const part = (at: number, length: number): Buffer => {
    const handle = openSync(file, 'r');
    try {
      const from = at < 0 ? fstatSync(handle).size + at : at;
      const into = Buffer.alloc(length);
      readSync(handle, into, 0, length, from);
      return into;
    } finally {
      closeSync(handle);
    }
  };
  // vsce writes no comment behind the end of the directory.
  const end = part(-22, 22);
  if (end.readUInt32LE(0) !== 0x06054b50) throw new Error(`${file} is no ZIP archive.`);
  const directory = part(end.readUInt32LE(16), end.readUInt32LE(12));
  const entries = new Map<string, Entry>();
  for (let at = 0; at < directory.length; ) {
    const [method, packed, bytes] = [10, 20, 24].map((offset) =>
      offset === 10 ? directory.readUInt16LE(at + offset) : directory.readUInt32LE(at + offset),
    );
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => directory.readUInt16LE(at + offset));
    const start = directory.readUInt32LE(at + 42);
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    const read = () => {
      const local = part(start, 30);
      const data = part(start + 30 + local.readUInt16LE(26) + local.readUInt16LE(28), packed);
      return method === 0 ? data : inflateRawSync(data);
    };
    if (!name.endsWith('/')) entries.set(name, { name, bytes, read });
    at += 46 + nameLength + extra + comment;
  }
  return entries;
}
