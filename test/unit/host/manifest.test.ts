import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';

const root = new URL('../../../', import.meta.url);
const text = (path: string) => readFile(new URL(path, root), 'utf8');

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly icon?: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
    readonly walkthroughs: readonly {
      readonly steps: readonly { readonly media: { readonly svg: string } }[];
    }[];
    readonly jsonValidation: readonly { readonly url: string }[];
    readonly colors: readonly { readonly defaults: Readonly<Record<string, string>> }[];
    readonly viewsContainers: { readonly activitybar: readonly { readonly icon: string }[] };
  };
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
}

interface Setting {
  readonly default?: unknown;
  readonly scope?: string;
  readonly order?: number;
  readonly description?: string;
  readonly markdownDescription?: string;
}

const manifestText = await text('package.json');
const manifest = JSON.parse(manifestText) as Manifest;
const { contributes } = manifest;

describe('The manifest', () => {
  it('contributes exactly the commands that the extension registers', async () => {
    const tables = ['src/extension.ts', 'src/host/training/trainingCommands.ts'];
    const source = (await Promise.all(tables.map(text))).join('\n');
    const registered = [...source.matchAll(/^ {4,6}'(semap\.\w+)':/gm)].map(([, id]) => id);
    assert.ok(registered.length > 10);
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), registered.sort());
  });

  it('names only commands that exist in menus, and in links of the walkthrough and the welcome views', async () => {
    const known = new Set(contributes.commands.map(({ command }) => command));
    const inMenus = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
    const links = [...(await text('package.nls.json')).matchAll(/\(command:(semap\.\w+)\)/g)].map(
      ([, id]) => id,
    );
    assert.ok(links.length > 0);
    assert.deepEqual(
      [...inMenus, ...links].filter((id) => !known.has(id)),
      [],
    );
  });

  it('names only commands that exist in error buttons', async () => {
    const known = new Set(contributes.commands.map(({ command }) => command));
    const used = [...(await text('src/host/errors.ts')).matchAll(/'(semap\.\w+)'/g)].map(([, id]) => id);
    assert.deepEqual(
      used.filter((id) => !known.has(id)),
      [],
    );
  });

  it('hides commands that only make sense in a view from the palette', () => {
    const hidden = contributes.menus['commandPalette'].filter(({ when }) => when === 'false');
    const inViews = [
      'refreshBackbones',
      'refreshDatasets',
      'refreshRuns',
      'removeBackbone',
      'revealBackbone',
      'copyBackbonePath',
      'revealDataset',
      'copyDatasetPath',
      'showCell',
      'openRun',
      'compareRuns',
      'renameRun',
      'deleteRun',
      'leaveQueue',
      'trainAgain',
      'openRunAlignment',
      'revealRun',
    ];
    assert.deepEqual(hidden.map(({ command }) => command).sort(), inViews.map((id) => `semap.${id}`).sort());
  });

  it('has no condition that VS Code does not understand and takes for always true', () => {
    const conditions = Object.values(contributes.menus).flatMap((items) =>
      items.map(({ when }) => when ?? ''),
    );
    assert.ok(conditions.length > 20);
    assert.deepEqual(
      conditions.filter((when) => when.includes('!~')),
      [],
    );
  });

  it('depends on no condition of its own that nobody sets', async () => {
    const set = new Set(
      [...(await text('src/extension.ts')).matchAll(/name: '(semap\.\w+)'/g)].map(([, name]) => name),
    );
    const conditions = Object.values(contributes.menus).flatMap((items) =>
      items.flatMap(({ when }) => when?.match(/\bsemap\.(?:has|is)\w+/g) ?? []),
    );
    assert.ok(set.size > 0);
    assert.deepEqual(
      conditions.filter((name) => !set.has(name)),
      [],
    );
  });

  it('has a text for every placeholder, and no text without one', async () => {
    const texts = Object.keys(JSON.parse(await text('package.nls.json')));
    const used = [...manifestText.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key);
    assert.deepEqual(
      used.filter((key) => !texts.includes(key)),
      [],
    );
    assert.deepEqual(
      texts.filter((key) => !used.includes(key)),
      [],
    );
  });

  it('gives every setting a default, a description, a scope and its own place', async () => {
    const settings = Object.entries(contributes.configuration.properties);
    const source = await text('src/host/settings.ts');
    for (const [name, setting] of settings) {
      assert.notEqual(setting.default, undefined, name);
      assert.ok(setting.description ?? setting.markdownDescription, name);
      assert.ok(setting.scope, name);
      assert.ok(source.includes(`'${name.replace('semap.', '')}'`), `${name} is read nowhere`);
    }
    assert.equal(new Set(settings.map(([, { order }]) => order)).size, settings.length);
  });

  it('restricts settings that hold paths, or say what the engine takes or throws away, in workspaces that are not trusted', () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    for (const name of [
      'semap.modelFolder',
      'semap.backbones',
      'semap.defaultBackbone',
      // A small one deletes what other workspaces cached.
      'semap.cacheSize',
      'semap.threads',
      'semap.engine.idleMinutes',
    ]) {
      assert.ok(restrictedConfigurations.includes(name), name);
    }
  });

  it('points only at files that exist', async () => {
    const media = (await readdir(new URL('media/', root), { recursive: true })).map(
      (name) => `media/${name}`,
    );
    const named = [
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map((step) => step.media.svg)),
      ...contributes.jsonValidation.map(({ url }) => url.replace('./', '')),
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
    ];
    assert.deepEqual(
      named.filter((file) => !media.includes(file)),
      [],
    );
  });

  it('has colours for light, dark and both high contrast themes', () => {
    for (const { defaults } of contributes.colors) {
      assert.deepEqual(Object.keys(defaults).sort(), ['dark', 'highContrast', 'highContrastLight', 'light']);
    }
  });
});
