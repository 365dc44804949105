import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import './withFakeVscode.ts';

const { COMMANDS } = await import('../../../src/host/commands.ts');
const { SETTINGS } = await import('../../../src/host/settings.ts');

const root = new URL('../../../', import.meta.url);
const text = (path: string) => readFile(new URL(path, root), 'utf8');

interface Manifest {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly category?: string }[];
    readonly views: { readonly semap: readonly { readonly id: string }[] };
    readonly customEditors: readonly { readonly viewType: string }[];
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
const { activationEvents, contributes } = manifest;

/** Every `'semap.something'` in the code of a folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(new URL(folder, root), { recursive: true });
  const sources = await Promise.all(
    files.filter((name) => name.endsWith('.ts')).map((name) => text(`${folder}/${name}`)),
  );
  return sources.flatMap((source) => [...source.matchAll(/'(semap\.[\w.]+)'/g)].map(([, name]) => name));
}

const commands = Object.values(COMMANDS).flatMap((names) => names.map((name) => `semap.${name}`));
const settings = SETTINGS.map((name) => `semap.${name}`);
const views = contributes.views.semap.map(({ id }) => id);
const contextKeys = ['semap.hasAlignment', 'semap.hasNoAlignment', 'semap.hasResults', 'semap.isTraining'];
const nothingUnknown = (names: readonly string[], known: readonly string[]) =>
  assert.deepEqual(
    names.filter((name) => !known.includes(name)),
    [],
  );

describe('The manifest', () => {
  it('contributes exactly the commands, settings and views of the code', async () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), commands.toSorted());
    assert.deepEqual(Object.keys(contributes.configuration.properties).sort(), settings.toSorted());
    const used = await namesIn('src');
    nothingUnknown(views, used);
    const panels = activationEvents.map((event) => event.replace('onWebviewPanel:', ''));
    const editors = contributes.customEditors.map(({ viewType }) => viewType);
    const focus = views.map((view) => `${view}.focus`);
    nothingUnknown(used, [
      ...commands,
      ...settings,
      ...views,
      ...focus,
      ...panels,
      ...editors,
      ...contextKeys,
    ]);
  });

  it('names only commands that exist in menus, and in links of the walkthrough and the welcome views', async () => {
    const inMenus = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
    const links = (await text('package.nls.json')).matchAll(/\(command:(semap\.[\w.]+)\)/g);
    const linked = [...links].map(([, id]) => id);
    assert.ok(linked.length > 0);
    nothingUnknown([...inMenus, ...linked], [...commands, ...views.map((view) => `${view}.focus`)]);
  });

  it('hides commands that only make sense in a view from the palette', () => {
    const hidden = contributes.menus['commandPalette'].filter(({ when }) => when === 'false');
    const shown = contributes.commands.filter(
      ({ command }) => !hidden.some((item) => item.command === command),
    );
    for (const { command, category } of shown) assert.equal(category, 'SeMap', command);
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
    const negated = conditions.filter((when) => when.includes('!~'));
    assert.deepEqual(negated, []);
  });

  it('depends on no condition of its own that nobody sets', async () => {
    const conditions = Object.values(contributes.menus).flatMap((items) =>
      items.flatMap(({ when }) => when?.match(/\bsemap\.(?:has|is)\w+/g) ?? []),
    );
    nothingUnknown(conditions, contextKeys);
    nothingUnknown(contextKeys, await namesIn('src'));
  });

  it('has a text for every placeholder, and no text without one', async () => {
    const texts = Object.keys(JSON.parse(await text('package.nls.json')));
    const used = [...manifestText.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key);
    const unknown = used.filter((key) => !texts.includes(key));
    assert.deepEqual(unknown, []);
    const unused = texts.filter((key) => !used.includes(key));
    assert.deepEqual(unused, []);
  });

  it('gives every setting a default, a description, a scope and its own place', () => {
    const properties = Object.entries(contributes.configuration.properties);
    for (const [name, setting] of properties) {
      assert.notEqual(setting.default, undefined, name);
      assert.ok(setting.description ?? setting.markdownDescription, name);
      assert.ok(setting.scope, name);
    }
    assert.equal(new Set(properties.map(([, { order }]) => order)).size, properties.length);
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
    const missing = named.filter((file) => !media.includes(file));
    assert.deepEqual(missing, []);
  });

  it('has colours for light, dark and both high contrast themes', () => {
    for (const { defaults } of contributes.colors) {
      assert.deepEqual(Object.keys(defaults).sort(), ['dark', 'highContrast', 'highContrastLight', 'light']);
    }
  });
});
