/** A HEIF file of parts, to be put together otherwise than encoders do. */
export interface HeifParts {
  readonly primary: number;
  readonly items: readonly HeifPart[];
  readonly references?: readonly {
    readonly type: string;
    readonly from: number;
    readonly to: readonly number[];
  }[];
  readonly brand?: string;
}

export interface HeifPart {
  readonly id: number;
  readonly type: string;
  readonly data: Uint8Array;
  /** Whole boxes, in their order. */
  readonly properties: readonly Uint8Array[];
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

export function isoBox(type: string, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(8 + body.length), Buffer.from(type, 'latin1'), body]);
}

const fullBox = (type: string, version: number, ...content: readonly Uint8Array[]): Buffer =>
  isoBox(type, u32(version << 24), ...content);

export const imageSize = (width: number, height: number): Buffer =>
  fullBox('ispe', 0, u32(width), u32(height));

/** What the item of a grid holds. */
export const gridData = (rows: number, columns: number, width: number, height: number): Buffer =>
  Buffer.concat([Buffer.from([0, 0, rows - 1, columns - 1]), u16(width), u16(height)]);

export function heifFile({ primary, items, references = [], brand = 'heic' }: HeifParts): Buffer {
  const ftyp = isoBox('ftyp', Buffer.from(`${brand}\0\0\0\0mif1${brand}`, 'latin1'));
  const properties = items.flatMap((item) => item.properties);
  const infos = items.map(({ id, type }) =>
    fullBox('infe', 2, u16(id), u16(0), Buffer.from(`${type}\0`, 'latin1')),
  );
  let property = 0;
  const associations = items.map(({ id, properties }) =>
    Buffer.concat([u16(id), Buffer.from([properties.length, ...properties.map(() => ++property)])]),
  );
  const meta = (dataAt: number): Buffer => {
    let at = dataAt;
    const locations = items.map(({ id, data }) => {
      const entry = Buffer.concat([u16(id), u16(0), u16(1), u32(at), u32(data.length)]);
      at += data.length;
      return entry;
    });
    return fullBox(
      'meta',
      0,
      fullBox('hdlr', 0, u32(0), Buffer.from('pict', 'latin1'), Buffer.alloc(13)),
      fullBox('pitm', 0, u16(primary)),
      fullBox('iloc', 0, u16(0x4400), u16(items.length), ...locations),
      fullBox('iinf', 0, u16(items.length), ...infos),
      isoBox('iprp', isoBox('ipco', ...properties), fullBox('ipma', 0, u32(items.length), ...associations)),
      fullBox(
        'iref',
        0,
        ...references.map(({ type, from, to }) => isoBox(type, u16(from), u16(to.length), ...to.map(u16))),
      ),
    );
  };
  const dataAt = ftyp.length + meta(0).length + 8;
  return Buffer.concat([ftyp, meta(dataAt), isoBox('mdat', ...items.map(({ data }) => data))]);
}
