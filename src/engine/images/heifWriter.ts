import { isoBox, u16, u32 } from './isoBoxes.ts';

/** A HEIF file of parts. */
export interface HeifParts {
  /** `avif` or `heic`. */
  readonly brand: string;
  readonly primary: number;
  readonly items: readonly HeifPart[];
  readonly references: readonly HeifReference[];
}

export interface HeifPart {
  readonly id: number;
  readonly type: string;
  readonly data: Uint8Array;
  /** Whole boxes, in their order. */
  readonly properties: readonly Uint8Array[];
}

export interface HeifReference {
  readonly type: string;
  readonly from: number;
  readonly to: readonly number[];
}

const fullBox = (type: string, flags: number, ...content: readonly Uint8Array[]): Uint8Array =>
  isoBox(type, u32(flags), ...content);

export const sizeBox = (width: number, height: number): Uint8Array =>
  fullBox('ispe', 0, u32(width), u32(height));

export const depthBox = (channels: number, bits: number): Uint8Array =>
  fullBox('pixi', 0, Uint8Array.of(channels, ...new Array<number>(channels).fill(bits)));

/** What the item of a grid holds. */
export const gridData = (rows: number, columns: number, width: number, height: number): Uint8Array =>
  Buffer.concat([Uint8Array.of(0, 1, rows - 1, columns - 1), u32(width), u32(height)]);

const ITEM_INFO_VERSION = 2 << 24;
/** Indices of properties have 15 bits. */
const WIDE_INDICES = 1;
/** Of a property without which an item cannot be decoded. */
const ESSENTIAL = 0x8000;
const IS_ESSENTIAL: readonly string[] = ['av1C', 'hvcC', 'a1op', 'lsel'];

export function writeHeif({ brand, primary, items, references }: HeifParts): Uint8Array {
  const ftyp = isoBox('ftyp', Buffer.from(`${brand}\0\0\0\0mif1miaf${brand}`, 'latin1'));
  // Tiles have the same ones.
  const known = new Map<string, number>();
  const properties: Uint8Array[] = [];
  const associations = items.map((item) => {
    const indices = item.properties.map((box) => {
      const key = Buffer.from(box).toString('latin1');
      const index = known.get(key) ?? properties.push(box);
      known.set(key, index);
      return u16(IS_ESSENTIAL.includes(key.slice(4, 8)) ? index | ESSENTIAL : index);
    });
    return Buffer.concat([u16(item.id), Uint8Array.of(indices.length), ...indices]);
  });
  const infos = items.map(({ id, type }) =>
    fullBox('infe', ITEM_INFO_VERSION, u16(id), u16(0), Buffer.from(`${type}\0`, 'latin1')),
  );
  const refer = references.map(({ type, from, to }) =>
    isoBox(type, u16(from), u16(to.length), ...to.map(u16)),
  );
  const meta = (dataAt: number): Uint8Array => {
    let at = dataAt;
    const locations = items.map(({ id, data }) => {
      const entry = Buffer.concat([u16(id), u16(0), u16(1), u32(at), u32(data.length)]);
      at += data.length;
      return entry;
    });
    return fullBox(
      'meta',
      0,
      fullBox('hdlr', 0, u32(0), Buffer.from('pict', 'latin1'), new Uint8Array(13)),
      fullBox('pitm', 0, u16(primary)),
      fullBox('iloc', 0, u16(0x4400), u16(items.length), ...locations),
      fullBox('iinf', 0, u16(items.length), ...infos),
      isoBox(
        'iprp',
        isoBox('ipco', ...properties),
        fullBox('ipma', WIDE_INDICES, u32(items.length), ...associations),
      ),
      fullBox('iref', 0, ...refer),
    );
  };
  const dataAt = ftyp.length + meta(0).length + 8;
  return Buffer.concat([ftyp, meta(dataAt), isoBox('mdat', ...items.map(({ data }) => data))]);
}
