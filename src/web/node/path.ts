/**
 * What the host uses of `node:path`, for paths with slashes: in a browser every path is that of an address. It stands for
 * that module in the bundle (scripts/build.ts).
 */

export const sep = '/';

export function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}

export function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !isAbsolute(path)) parts.push(part);
  }
  const whole = `${isAbsolute(path) ? '/' : ''}${parts.join('/')}`;
  return whole === '' ? '.' : whole;
}

export function join(...parts: readonly string[]): string {
  return normalize(parts.filter((part) => part !== '').join('/'));
}

/** Without a working directory, the root is one. */
export function resolve(...parts: readonly string[]): string {
  const from = parts.findLastIndex(isAbsolute);
  return normalize(`/${parts.slice(Math.max(0, from)).join('/')}`);
}

export function relative(from: string, to: string): string {
  const [a, b] = [from, to].map((path) =>
    resolve(path)
      .split('/')
      .filter((part) => part !== ''),
  );
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/');
}

export function basename(path: string, ending = ''): string {
  const name = path.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return ending !== '' && name !== ending && name.endsWith(ending) ? name.slice(0, -ending.length) : name;
}

export function dirname(path: string): string {
  const end = path.replace(/\/+$/, '').lastIndexOf('/');
  if (end < 0) return isAbsolute(path) ? '/' : '.';
  return path.slice(0, end).replace(/\/+$/, '') || '/';
}

export function extname(path: string): string {
  return /[^.](\.[^.]*)$/.exec(basename(path))?.[1] ?? '';
}

const functions = { basename, dirname, extname, isAbsolute, join, normalize, relative, resolve, sep };
export const posix: typeof functions = functions;

// Node's module has them as its default, too, with `posix` among them.
// biome-ignore lint/style/noDefaultExport: it stands for a module that has one
export default { ...functions, posix: functions };
