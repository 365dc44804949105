import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { pseudoText, shownTexts } from '../../../scripts/texts.ts';

type Texts = Readonly<Record<string, string>>;

const root = new URL('../../../', import.meta.url);
const read = (file: string) => readFile(new URL(file, root), 'utf8');
const json = async (file: string): Promise<Texts> => JSON.parse(await read(file));

/** What a translation must have as often as the English text: values, code, links to commands, icons. */
const kept = (text: string) => (text.match(/\{\d*\}|`[^`]*`|\]\([^)]*\)|\$\([\w-]+\)/g) ?? []).sort();

/** Every text is translated, nothing else is, and each keeps what it must. */
function assertTranslates(file: string, english: Texts, translated: Texts): void {
  const missing = Object.keys(english).filter((key) => !(key in translated));
  assert.deepEqual(missing, [], `${file}: not translated`);
  const unused = Object.keys(translated).filter((key) => !(key in english));
  assert.deepEqual(unused, [], `${file}: not used any more`);
  for (const [key, text] of Object.entries(translated)) {
    assert.notEqual(text.trim(), '', `${file}: "${key}" is empty`);
    assert.deepEqual(kept(text), kept(english[key]), `${file}: ${key}`);
  }
}

describe('Texts that VS Code shows', () => {
  it('are collected: run `npm run texts`', async () => {
    const texts = await shownTexts();
    assert.ok('{0} class folders' in texts);
    assert.deepEqual(Object.keys(await json('l10n/bundle.l10n.json')), Object.keys(texts));
  });

  for (const [folder, name, english] of [
    ['l10n/', /^bundle\.l10n\.([\w-]+)\.json$/, 'l10n/bundle.l10n.json'],
    ['./', /^package\.nls\.([\w-]+)\.json$/, 'package.nls.json'],
  ] as const) {
    it(`of ${english} are translated as a whole, and packed`, async () => {
      const packed = await read('.vscodeignore');
      for (const file of await readdir(new URL(folder, root))) {
        const [, language] = name.exec(file) ?? [];
        if (language === undefined || language === 'qps-ploc') continue;
        const place = folder === './' ? file : folder + file;
        assertTranslates(place, await json(english), await json(place));
        assert.ok(packed.includes(`!${place}\n`), `${place} is not in .vscodeignore`);
      }
    });
  }

  it('are looked for in screenshots as they are', async () => {
    const source = await read('scripts/screenshots.ts');
    const names = (call: string) =>
      [...source.matchAll(new RegExp(`texts\\.${call}\\('([^']+)'\\)`, 'g'))].map(([, name]) => name);
    const [texts, manifest] = [await shownTexts(), await json('package.nls.json')];
    assert.deepEqual(
      [
        ...names('pattern').filter((name) => !(name in texts)),
        ...names('manifest').filter((name) => !(name in manifest)),
      ],
      [],
    );
  });

  it('keep their values and links in the pseudo-language', async () => {
    for (const english of [await shownTexts(), await json('package.nls.json')]) {
      const pseudo = Object.entries(english).map(([key, text]) => [key, pseudoText(text)]);
      assertTranslates('pseudo', english, Object.fromEntries(pseudo));
    }
    assert.equal(pseudoText('Open {0}'), '⟦Öpéñ {0} ~~~⟧');
  });
});
