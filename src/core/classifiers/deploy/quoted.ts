/** A text as a literal of JavaScript and of Python, also within HTML: nothing in it ends the literal, a script or a comment. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]|[<>&']/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A path that is relative to a page or a module as the address of it. */
export function addressOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
