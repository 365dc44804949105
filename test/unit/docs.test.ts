import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { semap } from '../../src/cli/semap.ts';
import { methodNames } from '../../src/core/mapping/methods.ts';
import { GRADIENT_RULES } from '../../src/core/onnx/gradients/backward.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const pages: ReadonlyMap<string, string> = new Map(
  [
    'README.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'SUPPORT.md',
    'models/README.md',
    ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name.replaceAll('\\', '/')}`),
  ].map((file) => [file, read(file)]),
);
const manifest = JSON.parse(read('package.json'));
const texts: Readonly<Record<string, string>> = JSON.parse(read('package.nls.json'));
const settings: readonly string[] = manifest.contributes.configuration.flatMap(
  ({ properties }: { properties: object }) => Object.keys(properties),
);

/** Every match of the pattern's first group that is not `right`, as `page: match`. */
function wrong(pattern: RegExp, right: (match: string, page: string) => boolean): string[] {
  return [...pages].flatMap(([page, text]) =>
    [...text.matchAll(pattern)]
      .map(([, match]) => match)
      .filter((match) => !right(match, page))
      .map((match) => `${page}: ${match}`),
  );
}

/** What a heading is called in a link, as GitHub does it. */
function anchors(text: string): Set<string> {
  const prose = text.replaceAll(/^```.*?^```/gms, '');
  return new Set(
    [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function missing(page: string, names: Iterable<string>): string[] {
  const text = pages.get(page)!;
  return [...names].filter((name) => !text.includes(name));
}

async function help(...argv: string[]): Promise<string> {
  let printed = '';
  const terminal = {
    out: (text: string) => {
      printed += text;
    },
    err: () => {},
    interactive: false,
    columns: 100,
  };
  await semap({ argv, terminal, signal: new AbortController().signal, version: '' });
  return printed;
}

const commandLine = (async () => {
  const [, list] = /^Commands\n(.*?)\n\n/ms.exec(await help('--help'))!;
  const commands = list.split('\n').map((line) => line.trim().split(/ {2,}/)[0]);
  const printed = await Promise.all(commands.map((name) => help(...name.split(' '), '--help')));
  const options = printed.flatMap((text) => [...text.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+|-\w\b)/gm)]);
  const helps = new Map(commands.map((name, at) => [`semap ${name}`, inOneLine(printed[at])]));
  return { commands, options: new Set(options.map(([, option]) => option)), helps };
})();

function inOneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

test('every link between pages leads somewhere', () => {
  const leads = (link: string, page: string): boolean => {
    if (/^[a-z]+:/.test(link)) return true;
    const [file, anchor] = link.split('#');
    const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
    if (!existsSync(path.join(root, target))) return false;
    return anchor === undefined || anchors(read(target)).has(anchor);
  };
  assert.deepEqual(wrong(/\]\(([^)\s]+)\)/g, leads), []);
});

test('every command that a page names is one', () => {
  const titles = manifest.contributes.commands.map(
    ({ title }: { title: string }) => texts[title.slice(1, -1)],
  );
  const wrongTitles = wrong(/SeMap: ([A-Z][^*`\n]*)/g, (title) => titles.includes(title));
  assert.deepEqual(wrongTitles, []);
});

test('every setting, command id and color that a page names is one', () => {
  const ids = new Set([
    ...settings,
    ...manifest.contributes.commands.map(({ command }: { command: string }) => command),
    ...manifest.contributes.colors.map(({ id }: { id: string }) => id),
  ]);
  const wrongIds = wrong(/`(semap\.(?!json)[\w.]+)`/g, (id) => ids.has(id));
  assert.deepEqual(wrongIds, []);
});

test('every path and script of the project that a page names exists', () => {
  assert.deepEqual(
    wrong(/`((?:src|test|webview|scripts|media|models|docs|l10n)\/[\w./-]*)`/g, (file) =>
      existsSync(path.join(root, file)),
    ),
    [],
  );
  const wrongScripts = wrong(/npm run ([\w:-]+)/g, (script) => script in manifest.scripts);
  assert.deepEqual(wrongScripts, []);
});

test('every option that guide and reference name is one', async () => {
  const { options } = await commandLine;
  const others = new Set(['--headless', '--version']);
  const isAboutSemap = (page: string) => /^docs\/(?:guide|reference)\/(?!robustness)/.test(page);
  assert.deepEqual(
    wrong(
      /(?<=[\s`(])(--[a-z][a-z-]+)/g,
      (name, page) => !isAboutSemap(page) || options.has(name) || others.has(name),
    ),
    [],
  );
});

test('the reference is complete', async () => {
  const { commands, options } = await commandLine;
  const hidden = new Set(
    manifest.contributes.menus.commandPalette
      .filter(({ when }: { when: string }) => when === 'false')
      .map(({ command }: { command: string }) => command),
  );
  const titles = manifest.contributes.commands
    .filter(({ command }: { command: string }) => !hidden.has(command))
    .map(({ title }: { title: string }) => `SeMap: ${texts[title.slice(1, -1)]}*`);
  assert.deepEqual(missing('docs/reference/commands.md', titles), []);
  assert.deepEqual(missing('docs/reference/settings.md', settings), []);
  assert.deepEqual(
    missing('docs/reference/command-line.md', [
      ...commands.map((name) => `\n## semap ${name}\n`),
      ...[...options].map((option) => `\`${option}`),
    ]),
    [],
  );
  for (const [page, schema] of [
    ['alignment-document', 'alignment'],
    ['backbone-description', 'backbone'],
  ]) {
    const fields = [...read(`media/schemas/${schema}.schema.json`).matchAll(/"(\w+)": \{/g)].map(
      ([, name]) => name,
    );
    const inSchema = new Set([
      'properties',
      'additionalProperties',
      'body',
      'items',
      'if',
      'else',
      'definitions',
      'pixels',
      'enumDescriptions',
    ]);
    const named = fields.filter((name) => !inSchema.has(name)).map((name) => `${name}`);
    // What an alignment promises has a page of its own.
    const elsewhere =
      page === 'alignment-document' ? missing('docs/reference/expectations.md', named) : named;
    const unsaid = missing(`docs/reference/${page}.md`, named).filter((name) => elsewhere.includes(name));
    assert.deepEqual(unsaid, []);
  }
  const methods = methodNames.map((name) => `| \`${name}\``);
  assert.deepEqual(missing('docs/reference/mapping-methods.md', methods), []);
  const operators = Object.keys(GRADIENT_RULES).filter((name) => !name.includes('.'));
  assert.deepEqual(missing('docs/reference/gradients.md', operators), []);
});

test('the command line reference says what the help of the commands says', async () => {
  const { helps } = await commandLine;
  const [begin, ...sections] = pages.get('docs/reference/command-line.md')!.split(/^## /m);
  const general = inOneLine(await help('--help'));
  const summaries = [...begin.matchAll(/^\| \[`semap (.+)`\].* \| (.+) \|$/gm)];
  assert.equal(summaries.length, helps.size);
  const unsaid = summaries
    .map(([, name, summary]) => `${name} ${summary}`)
    .filter((line) => !general.includes(line));
  for (const section of sections) {
    const title = section.split('\n', 1)[0];
    const said = helps.get(title);
    const rows = [...section.matchAll(/^\| (`.+?`) \| (.+) \|$/gm)].map(([, option, text]) =>
      `${option} ${text}`.replaceAll(/`(?=,| |--)|(?<=, |^)`|\\(?=\|)/g, ''),
    );
    const prose =
      said === undefined ? '' : section.slice(title.length).replaceAll(/^(?:\||Also|Options).*$/gm, '');
    const examples = [...prose.matchAll(/^# (.+)\n(.+)$/gm)].map(([, meaning, line]) => `${line} ${meaning}`);
    const paragraphs = prose.replaceAll(/^# .+\n.+$/gm, '').split(/```|\n\n/);
    const within = said ?? [...helps.values()].join('\n');
    for (const text of [...rows, ...examples, ...paragraphs])
      if (!within.includes(inOneLine(text))) unsaid.push(`${title}: ${text}`);
  }
  assert.deepEqual(unsaid, []);
});
