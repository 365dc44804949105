import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const bundle = path.join(root, 'l10n', 'bundle.l10n.json');

/** Where texts are made that VS Code shows. The command line speaks English only; `core/text` holds what says them. */
const PLACES = ['src/core', 'src/engine', 'src/files', 'src/host', 'src/protocol', 'webview'];
const NOT_TEXTS = new Set(['webview/common/language.ts']);

/** A literal in a call: single or double quotes. */
const LITERAL = String.raw`(?:'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)")`;
/** A call of `vscode.l10n.t`, of the `t` that was taken out of it, of a page's `t` or of `phrase`, and its literal. */
const CALL = new RegExp(
  String.raw`(?<![\w.$]|l10n\.|function )(?:vscode\.l10n\.t|t|phrase)\(\s*${LITERAL}?`,
  'g',
);
/** A call of `plural` and its two literals: the count before them holds no text. */
const PLURAL = new RegExp(
  String.raw`(?<![\w.$]|function )plural\((?:[^'"()]|\([^'"()]*\))*,\s*(?:${LITERAL}\s*,\s*${LITERAL})?`,
  'g',
);

/**
 * The texts that VS Code and the pages show, for translators: a file `l10n/bundle.l10n.<language>.json` with the same
 * keys translates them.
 * @throws Error where a text is no literal: it could not be translated
 */
export async function shownTexts(): Promise<Record<string, string>> {
  const texts = new Set<string>();
  for (const place of PLACES) {
    const files = (await readdir(path.join(root, place), { recursive: true })).filter((name) =>
      name.endsWith('.ts'),
    );
    for (const name of files) {
      const file = `${place}/${name.replaceAll(path.sep, '/')}`;
      if (NOT_TEXTS.has(file)) continue;
      const source = await readFile(path.join(root, file), 'utf8');
      for (const pattern of [CALL, PLURAL]) {
        for (const [call, ...literals] of source.matchAll(pattern)) {
          const found = literals.filter((literal) => literal !== undefined);
          if (found.length === 0) throw new Error(`${file}: a text to translate is no literal: ${call}...`);
          for (const literal of found) texts.add(unescaped(literal));
        }
      }
    }
  }
  return Object.fromEntries([...texts].sort().map((text) => [text, text]));
}

/** Writes `l10n/bundle.l10n.json`; `changed` tells whether it was out of date. */
export async function writeTexts(): Promise<{ readonly changed: boolean }> {
  const text = `${JSON.stringify(await shownTexts(), undefined, 2)}\n`;
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
