/** Names that Windows keeps for devices. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** A file name, without extension, that stands for `name` on every system: letters, digits, `-`, `_`, `.`, spaces as `-`. */
export function alignmentFileName(name: string): string {
  const safe = name
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replaceAll(/\.{2,}/g, '.')
    .replaceAll(/-{2,}/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  const short = [...safe].slice(0, 60).join('');
  return short === '' || RESERVED.test(short) ? 'alignment' : short;
}

/** Whether an address is that of an alignment document. */
export function isAlignment({ path }: { readonly path: string }): boolean {
  return /\.semap\.json$/i.test(path);
}
