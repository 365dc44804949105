import { ByteReader } from './byteReader.ts';
import { cutShort, damaged } from './codec.ts';
import { type Box, boxes, findBox } from './isoBoxes.ts';

/** What a HEIF file (ISO/IEC 23008-12) says of its pictures: items, what is known of each, and how they refer to others. */
export class HeifItems {
  readonly #reader: ByteReader;
  readonly #meta: Box;
  readonly #types = new Map<number, string>();
  readonly #properties: readonly Box[];
  readonly #associations = new Map<number, number[]>();
  readonly #references: readonly HeifReference[];
  readonly primary: number;
  #places: Places | undefined;

  /** @returns undefined where the file has no pictures but, at most, a video */
  static read(bytes: Uint8Array): HeifItems | undefined {
    const reader = new ByteReader(bytes, 'big');
    const meta = findBox(reader, 0, bytes.length, 'meta');
    if (!meta) return undefined;
    const primary = findBox(reader, meta.at + 4, meta.at + meta.length, 'pitm');
    return primary && new HeifItems(reader, meta, primary);
  }

  private constructor(reader: ByteReader, meta: Box, primary: Box) {
    this.#reader = reader;
    this.#meta = meta;
    this.primary = this.#id(primary.at + 4, reader.u8(primary.at) > 0);
    this.#readTypes();
    const iprp = this.#child('iprp');
    const ipco = iprp && findBox(reader, iprp.at, iprp.at + iprp.length, 'ipco');
    if (!iprp || !ipco) throw damaged();
    this.#properties = [...boxes(reader, ipco.at, ipco.at + ipco.length)];
    for (const box of boxes(reader, iprp.at, iprp.at + iprp.length)) {
      if (box.type === 'ipma') this.#readAssociations(box);
    }
    this.#references = this.#readReferences();
  }

  type(item: number): string | undefined {
    return this.#types.get(item);
  }

  /** What is known of an item, in the order in which it is said. */
  properties(item: number): readonly Box[] {
    return (this.#associations.get(item) ?? []).map((index) => {
      const box = this.#properties[index - 1];
      if (!box) throw damaged();
      return box;
    });
  }

  /** The items that an item refers to. */
  references(item: number, type: string): readonly number[] {
    return this.#references.find((one) => one.type === type && one.from === item)?.to ?? [];
  }

  /** The items that refer to an item. */
  referring(item: number, type: string): readonly number[] {
    return this.#references
      .filter((one) => one.type === type && one.to.includes(item))
      .map(({ from }) => from);
  }

  /** The parts of the file in which an item lies, all of them inside it. */
  parts(item: number): readonly Uint8Array[] {
    const reader = this.#reader;
    this.#places ??= this.#readPlaces();
    const { sizes, places } = this.#places;
    const place = places.get(item);
    if (!place) throw damaged();
    const { at, method, base, extents } = place;
    const each = sizes.index + sizes.offset + sizes.length;
    if (extents < 1 || (extents > 1 && each === 0)) throw damaged();
    const idat = method === 1 ? this.#child('idat') : undefined;
    if (method > 1 || (method === 1 && !idat)) throw damaged();
    return Array.from({ length: extents }, (_, extent) => {
      const from = at + extent * each + sizes.index;
      const offset = base + sizedNumber(reader, from, sizes.offset);
      const length = sizedNumber(reader, from + sizes.offset, sizes.length);
      if (idat && offset + length > idat.length) throw damaged();
      const start = offset + (idat?.at ?? 0);
      return reader.slice(start, length === 0 ? reader.length - start : length);
    });
  }

  /** Where the extents of each item stand. */
  #readPlaces(): Places {
    const reader = this.#reader;
    const { at, sizes, count, wide, version } = this.#locations();
    const places = new Map<number, Place>();
    let next = at;
    for (let i = 0; i < count; i++) {
      const id = this.#id(next, wide);
      next += wide ? 4 : 2;
      const method = version > 0 ? reader.u16(next) & 15 : 0;
      next += version > 0 ? 4 : 2;
      const base = sizedNumber(reader, next, sizes.base);
      const extents = reader.u16(next + sizes.base);
      next += sizes.base + 2;
      // One reader would go by the first, another by the last.
      if (places.has(id)) throw damaged();
      places.set(id, { at: next, method, base, extents });
      next += extents * (sizes.index + sizes.offset + sizes.length);
    }
    return { sizes, places };
  }

  #locations() {
    const reader = this.#reader;
    const { at } = this.#need('iloc');
    const version = reader.u8(at);
    if (version > 2) throw damaged();
    const packed = reader.u16(at + 4);
    const sizes = {
      offset: packed >> 12,
      length: (packed >> 8) & 15,
      base: (packed >> 4) & 15,
      index: version > 0 ? packed & 15 : 0,
    };
    if (Object.values(sizes).some((size) => ![0, 4, 8].includes(size))) throw damaged();
    const wide = version === 2;
    return { at: at + (wide ? 10 : 8), count: this.#id(at + 6, wide), sizes, wide, version };
  }

  #readTypes(): void {
    const reader = this.#reader;
    const { at, length } = this.#need('iinf');
    const from = at + (reader.u8(at) > 0 ? 8 : 6);
    for (const box of boxes(reader, from, at + length)) {
      if (box.type !== 'infe') continue;
      const version = reader.u8(box.at);
      if (version < 2) continue;
      const wide = version > 2;
      this.#types.set(this.#id(box.at + 4, wide), reader.fourCc(box.at + (wide ? 10 : 8)));
    }
  }

  #readAssociations({ at }: Box): void {
    const reader = this.#reader;
    const wideId = reader.u8(at) > 0;
    const wideIndex = (reader.u8(at + 3) & 1) !== 0;
    const count = reader.u32(at + 4);
    let next = at + 8;
    for (let i = 0; i < count; i++) {
      const id = this.#id(next, wideId);
      next += wideId ? 4 : 2;
      const of = reader.u8(next);
      next++;
      const indices: number[] = [];
      for (let j = 0; j < of; j++, next += wideIndex ? 2 : 1) {
        const index = wideIndex ? reader.u16(next) & 0x7fff : reader.u8(next) & 0x7f;
        if (index > 0) indices.push(index);
      }
      // A second entry would let one reader see other properties than another.
      if (this.#associations.has(id)) throw damaged();
      this.#associations.set(id, indices);
    }
  }

  #readReferences(): HeifReference[] {
    const iref = this.#child('iref');
    if (!iref) return [];
    const reader = this.#reader;
    const wide = reader.u8(iref.at) > 0;
    const size = wide ? 4 : 2;
    const all: HeifReference[] = [];
    for (const { type, at, length } of boxes(reader, iref.at + 4, iref.at + iref.length)) {
      const count = reader.u16(at + size);
      if (size + 2 + count * size > length) throw damaged();
      const to = Array.from({ length: count }, (_, i) => this.#id(at + size + 2 + i * size, wide));
      all.push({ type, from: this.#id(at, wide), to });
    }
    return all;
  }

  #child(type: string): Box | undefined {
    return findBox(this.#reader, this.#meta.at + 4, this.#meta.at + this.#meta.length, type);
  }

  #need(type: string): Box {
    const box = this.#child(type);
    if (!box) throw damaged();
    return box;
  }

  #id(at: number, wide: boolean): number {
    return wide ? this.#reader.u32(at) : this.#reader.u16(at);
  }
}

interface Places {
  readonly sizes: { readonly offset: number; readonly length: number; readonly index: number };
  readonly places: ReadonlyMap<number, Place>;
}

interface Place {
  readonly at: number;
  /** How offsets count: 0 from the beginning of the file, 1 in the box of data. */
  readonly method: number;
  readonly base: number;
  readonly extents: number;
}

interface HeifReference {
  readonly type: string;
  readonly from: number;
  readonly to: readonly number[];
}

function sizedNumber(reader: ByteReader, at: number, size: number): number {
  const value = size === 0 ? 0 : size === 4 ? reader.u32(at) : reader.u64(at);
  if (value > Number.MAX_SAFE_INTEGER) throw cutShort();
  return value;
}
