/**
 * The versions of libraries that an ELF file of 64 bits needs, such as `GLIBC_2.17`: what `objdump -T` lists, read from its
 * section `.gnu.version_r` (Linux Standard Base, "Symbol Versioning").
 * @throws Error for what is no such file
 */
export function neededVersions(file: Buffer): readonly string[] {
  if (file.toString('latin1', 0, 6) !== '\x7fELF\x02\x01')
    throw new Error('No little-endian ELF file of 64 bits.');
  const sections = Number(file.readBigUInt64LE(0x28));
  const [size, count] = [file.readUInt16LE(0x3a), file.readUInt16LE(0x3c)];
  const section = (index: number) => {
    const at = sections + index * size;
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 0x18)),
      /** Of the section with its names. */
      link: file.readUInt32LE(at + 0x28),
      info: file.readUInt32LE(at + 0x2c),
    };
  };
  const VERNEED = 0x6ffffffe;
  const found = new Set<string>();
  for (let i = 0; i < count; i++) {
    const { type, offset, link, info } = section(i);
    if (type !== VERNEED) continue;
    const names = section(link).offset;
    const text = (at: number) => file.toString('latin1', names + at, file.indexOf(0, names + at));
    let need = offset;
    for (let library = 0; library < info; library++) {
      let version = need + file.readUInt32LE(need + 8);
      for (let k = 0; k < file.readUInt16LE(need + 2); k++) {
        found.add(text(file.readUInt32LE(version + 8)));
        version += file.readUInt32LE(version + 12);
      }
      need += file.readUInt32LE(need + 12);
    }
  }
  return [...found].sort();
}
