import { openRegularFile } from '../../files/regularFile.ts';

/** Field of the key and value pairs in `ModelProto`. */
const METADATA = 14;
/** What an entry may hold at most, and how many fields are passed over: those of a whole model are a few dozen. */
const LONGEST_ENTRY = 1 << 20;
const MOST_FIELDS = 10_000;

/**
 * The key and value pairs of an ONNX file, without its graph: weights are passed over and not read.
 * @throws {SemapError} as {@link openRegularFile}
 */
export async function readMetadata(file: string): Promise<Readonly<Record<string, string>>> {
  const { handle, stats } = await openRegularFile(file);
  const found: Record<string, string> = {};
  try {
    let at = 0;
    for (let field = 0; field < MOST_FIELDS && at < stats.size; field++) {
      const head = Buffer.alloc(20);
      const { bytesRead } = await handle.read(head, 0, head.length, at);
      const tag = varint(head.subarray(0, bytesRead), 0);
      if (!tag) break;
      const wire = tag.value & 7;
      if (wire === 0) {
        const value = varint(head.subarray(0, bytesRead), tag.end);
        if (!value) break;
        at += value.end;
      } else if (wire === 1) at += tag.end + 8;
      else if (wire === 5) at += tag.end + 4;
      else if (wire === 2) {
        const size = varint(head.subarray(0, bytesRead), tag.end);
        if (!size) break;
        if (Math.floor(tag.value / 8) === METADATA && size.value <= LONGEST_ENTRY) {
          const entry = Buffer.alloc(Math.min(size.value, stats.size));
          await handle.read(entry, 0, entry.length, at + size.end);
          const [key, value] = pairOf(entry);
          if (key !== undefined && value !== undefined) found[key] = value;
        }
        at += size.end + size.value;
      } else break;
    }
  } finally {
    await handle.close();
  }
  return found;
}

/** The two texts of a `StringStringEntryProto`. */
function pairOf(entry: Buffer): readonly [key?: string, value?: string] {
  const texts: string[] = [];
  let at = 0;
  while (at < entry.length) {
    const tag = varint(entry, at);
    const size = tag && varint(entry, tag.end);
    if (!size || (tag.value & 7) !== 2) break;
    texts[Math.floor(tag.value / 8)] = entry.toString('utf8', size.end, size.end + size.value);
    at = size.end + size.value;
  }
  return [texts[1], texts[2]];
}

/** A number as protobuf writes it, up to 2 ** 53. */
function varint(
  bytes: Uint8Array,
  from: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let at = from, factor = 1; at < bytes.length && at < from + 8; at++, factor *= 128) {
    value += (bytes[at] & 127) * factor;
    if (bytes[at] < 128) return { value, end: at + 1 };
  }
  return undefined;
}
