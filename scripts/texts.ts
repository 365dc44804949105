import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeAgentTools } from './agentTools.ts';

type Texts = Readonly<Record<string, string>>;

const root = fileURLToPath(new URL('../', import.meta.url));

/** The language of `--pseudo`: English with accents, longer, in brackets. What is cut off or not translated is seen. */
export const PSEUDO = 'qps-ploc';

/** The two files of a language; those of English without one. */
function filesOf(language?: string): { readonly bundle: string; readonly manifest: string } {
  const suffix = language === undefined ? '' : `.${language}`;
  return {
    bundle: path.join(root, 'l10n', `bundle.l10n${suffix}.json`),
    manifest: path.join(root, `package.nls${suffix}.json`),
  };
}

/** Where texts are made that VS Code shows. The command line speaks English only; `core/text` holds what says them. */
const PLACES = ['src', 'webview'];
const NOT_TEXTS = /^(?:src\/cli\/|webview\/common\/language\.ts$)/;

/** A literal in a call: single or double quotes. */
const LITERAL = String.raw`(?:'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)")`;
/** A call of `vscode.l10n.t`, of the `t` that was taken out of it, of a page's `t` or of `phrase`, and its literal. */
const CALL = new RegExp(
  String.raw`(?<![\w.$]|l10n\.|function )(?:vscode\.l10n\.t|t|phrase)\(\s*${LITERAL}?`,
  'g',
);
/** A call of `plural` (`pluralText` where another has that name) and its two literals: the count before them holds no text. */
const PLURAL = new RegExp(
  String.raw`(?<![\w.$]|function )plural(?:Text)?\((?:[^'"()]|\([^'"()]*\))*,\s*(?:${LITERAL}\s*,\s*${LITERAL})?`,
  'g',
);

/**
 * The texts that VS Code and the pages show, for translators: a file `l10n/bundle.l10n.<language>.json` with the same
 * keys translates them.
 * @throws Error where a text is no literal: it could not be translated
 */
export async function shownTexts(): Promise<Texts> {
  const texts = new Set<string>();
  for (const place of PLACES) {
    const files = (await readdir(path.join(root, place), { recursive: true })).filter((name) =>
      name.endsWith('.ts'),
    );
    for (const name of files) {
      const file = `${place}/${name.replaceAll(path.sep, '/')}`;
      if (NOT_TEXTS.test(file)) continue;
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
  return { changed: await writeJson(filesOf().bundle, await shownTexts()) };
}

/** Writes both files of the pseudo-language. */
export async function writePseudo(): Promise<void> {
  const manifest: Texts = JSON.parse(await readFile(filesOf().manifest, 'utf8'));
  const pseudo = (texts: Texts) =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, pseudoText(text)]));
  await writeJson(filesOf(PSEUDO).bundle, pseudo(await shownTexts()));
  await writeJson(filesOf(PSEUDO).manifest, pseudo(manifest));
}

async function writeJson(file: string, content: unknown): Promise<boolean> {
  const text = `${JSON.stringify(content, undefined, 2)}\n`;
  if (existsSync(file) && (await readFile(file, 'utf8')) === text) return false;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return true;
}

/** What a translation leaves as it is: placeholders, code, addresses of links, icons. */
const KEPT = /(\{\d*\}|`[^`]*`|\]\([a-z]+:[^)]*\)|\$\([\w-]+\)|\n)/;
const ACCENTED: Texts = {
  ...{
    a: 'á',
    c: 'ç',
    d: 'ð',
    e: 'é',
    g: 'ğ',
    i: 'í',
    l: 'ļ',
    n: 'ñ',
    o: 'ö',
    r: 'ŕ',
    s: 'š',
    u: 'ü',
    y: 'ý',
    z: 'ž',
  },
  ...{
    A: 'Å',
    C: 'Ç',
    D: 'Ð',
    E: 'É',
    G: 'Ğ',
    I: 'Î',
    L: 'Ļ',
    N: 'Ñ',
    O: 'Ö',
    R: 'Ŕ',
    S: 'Š',
    U: 'Û',
    Y: 'Ý',
    Z: 'Ž',
  },
};

/** `Open {0}` as `⟦Öpéñ {0} ~~~⟧`: accented, 40 % longer. Lines that are a link stay one: welcome views make them buttons. */
export function pseudoText(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const [, before, words, after] = /^(\[)(.*)(\]\([a-z]+:[^)]*\))$/.exec(line) ?? [line, '', line, ''];
      if (words.trim() === '') return line;
      const accented = words
        .split(KEPT)
        .map((part, i) =>
          i % 2 === 1 ? part : part.replace(/[a-z]/gi, (letter) => ACCENTED[letter] ?? letter),
        )
        .join('');
      const longer = ' ~~~'.repeat(Math.ceil(words.length / 10));
      return `${before}⟦${accented}${longer}⟧${after}`;
    })
    .join('\n');
}

/** The texts of a language, for scripts that look for them in a window. */
export interface ShownTexts {
  /** A text of the manifest by its key, such as `command.classify`. */
  manifest(key: string): string;
  /** Whatever the values of a text are. */
  pattern(english: string): RegExp;
}

/** @throws Error for a language without files; its functions, for a text that there is not */
export async function textsIn(language?: string): Promise<ShownTexts> {
  const { bundle, manifest } = filesOf(language);
  const [texts, titles] = await Promise.all(
    [bundle, manifest].map(async (file): Promise<Texts> => JSON.parse(await readFile(file, 'utf8'))),
  );
  const found = (from: Texts, key: string): string => {
    const text = from[key];
    if (text === undefined) throw new Error(`There is no text "${key}".`);
    return text;
  };
  return {
    manifest: (key) => found(titles, key),
    pattern: (english) => {
      const parts = found(texts, english).split(/\{\d\}/);
      return new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'));
    },
  };
}

function unescaped(literal: string): string {
  return literal.replace(/\\(u\{([\da-f]+)\}|u([\da-f]{4})|.)/gi, (_, escaped: string, braced, four) => {
    const code = braced ?? four;
    if (code) return String.fromCodePoint(Number.parseInt(code, 16));
    return escaped === 'n' ? '\n' : escaped;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeAgentTools();
  await writeTexts();
  if (process.argv.includes('--pseudo')) await writePseudo();
}
