const decoder = new TextDecoder('utf-8', { fatal: true });

/** Whether bytes of a file name are UTF-8; others reach JavaScript with letters that name no file. */
export function isUtf8(name: Uint8Array): boolean {
  try {
    decoder.decode(name);
    return true;
  } catch {
    return false;
  }
}

/** A name that is not UTF-8 as text: bytes that are no letters as `\xe9`. */
export function printableName(name: Uint8Array): string {
  let text = '';
  for (let at = 0; at < name.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= name.length && isUtf8(name.subarray(at, at + n)));
    text +=
      length === undefined
        ? `\\x${name[at].toString(16).padStart(2, '0')}`
        : Buffer.from(name.subarray(at, at + length)).toString('utf8');
    at += length ?? 1;
  }
  return text;
}
