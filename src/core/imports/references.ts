/**
 * The path that stands in a reference to an image: of a web address or `s3://` the part after the server, of Label Studio's
 * local files what stands after `?d=`; with `/`, without escapes.
 */
export function nameOfReference(reference: string): string {
  const text = reference.trim();
  const local = /[?&]d=([^&]+)/.exec(text)?.[1];
  const isAddress = /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
  const path =
    local ?? (isAddress ? text.replace(/^[a-z][a-z0-9+.-]+:\/\/[^/]*\/?/i, '').replace(/[?#].*$/, '') : text);
  const isEscaped = local !== undefined || isAddress || /^\/?data\/(?:upload|local-files)\//.test(text);
  return (isEscaped ? unescaped(path) : path).replaceAll('\\', '/').normalize('NFC');
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
