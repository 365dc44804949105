/** Bytes as base64, wherever this runs. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  // As many as a call takes arguments for.
  for (let from = 0; from < bytes.length; from += 8192)
    binary += String.fromCharCode(...bytes.subarray(from, from + 8192));
  return btoa(binary);
}

/** Bytes that were written as base64. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
