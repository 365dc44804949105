import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const host = path.join(root, 'src', 'host');
const bundle = path.join(root, 'l10n', 'bundle.l10n.json');

/** A call of `vscode.l10n.t`, or of the `t` that was taken out of it, and the literal that it begins with. */
const CALL = /(?<![\w.$]|l10n\.)(?:vscode\.l10n\.)?t\(\s*(?:'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)")?/g;

/**
 * The texts that the extension host shows, for translators: a file `l10n/bundle.l10n.<language>.json` with the same keys
 * translates them.
 * @throws Error where a text is no literal: it could not be translated
 */
export async function hostTexts(): Promise<Record<string, string>> {
  const files = (await readdir(host, { recursive: true })).filter((name) => name.endsWith('.ts')).sort();
  const texts = new Set<string>();
  for (const file of files) {
    for (const [call, single, double] of (await readFile(path.join(host, file), 'utf8')).matchAll(CALL)) {
      const literal = single ?? double;
      if (literal === undefined) throw new Error(`${file}: a text to translate is no literal: ${call}...`);
      texts.add(unescaped(literal));
    }
  }
  return Object.fromEntries([...texts].sort().map((text) => [text, text]));
}

/** Writes `l10n/bundle.l10n.json`; `changed` tells whether it was out of date. */
export async function writeTexts(): Promise<{ readonly changed: boolean }> {
  const text = `${JSON.stringify(await hostTexts(), undefined, 2)}\n`;
  const changed = !existsSync(bundle) || (await readFile(bundle, 'utf8')) !== text;
  if (changed) {
    await mkdir(path.dirname(bundle), { recursive: true });
    await writeFile(bundle, text);
  }
  return { changed };
}

function unescaped(literal: string): string {
  return literal.replace(/\\(u\{([\da-f]+)\}|u([\da-f]{4})|.)/gi, (_, escaped: string, braced, four) => {
    const code = braced ?? four;
    if (code) return String.fromCodePoint(Number.parseInt(code, 16));
    return escaped === 'n' ? '\n' : escaped;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeTexts();
