import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { describe, it } from 'node:test';
import './withFakeVscode.ts';

const { COMMANDS } = await import('../../../src/host/commands.ts');
const { SETTINGS } = await import('../../../src/host/settings.ts');

const root = new URL('../../../', import.meta.url);
const text = (path: string) => readFile(new URL(path, root), 'utf8');

interface Manifest {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly category?: string;
    }[];
    readonly views: { readonly semap: readonly { readonly id: string }[] };
    readonly customEditors: readonly { readonly viewType: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
    readonly configuration: readonly {
      readonly id: string;
      readonly title: string;
      readonly order: number;
      readonly properties: Readonly<Record<string, Setting>>;
    }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly id: string;
        readonly media: { readonly svg?: string; readonly image?: Readonly<Record<string, string>> };
        readonly completionEvents: readonly string[];
      }[];
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

/** Every `'semap.something'` in the code that speaks to VS Code; elsewhere such names are keys in files. */
async function namesInHost(): Promise<readonly string[]> {
  const files = await readdir(new URL('src/host', root), { recursive: true });
  const sources = await Promise.all([
    text('src/extension.ts'),
    ...files.filter((name) => name.endsWith('.ts')).map((name) => text(`src/host/${name}`)),
  ]);
  return sources.flatMap((source) => [...source.matchAll(/'(semap\.[\w.]+)'/g)].map(([, name]) => name));
}

const commands = Object.values(COMMANDS).flatMap((names) => names.map((name) => `semap.${name}`));
/** Commands that a person can look through. */
const MOST_IN_PALETTE = 25;

const properties = contributes.configuration.flatMap((group) => Object.entries(group.properties));
const settings = SETTINGS.map((name) => `semap.${name}`);
const views = contributes.views.semap.map(({ id }) => id);
const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
const milestones = [
  'semap.didOpen',
  'semap.didAlign',
  'semap.didClassify',
  'semap.didMeasure',
  'semap.didLabel',
  'semap.didTrain',
  'semap.didAddBackbone',
];
const contextKeys = [
  'semap.hasAlignment',
  'semap.hasNoAlignment',
  'semap.hasResults',
  'semap.hasUndo',
  'semap.hasRedo',
  'semap.isTraining',
  'semap.isWatching',
];
const nothingUnknown = (names: readonly string[], known: readonly string[]) =>
  assert.deepEqual(
    names.filter((name) => !known.includes(name)),
    [],
  );

describe('The manifest', () => {
  it('contributes exactly the commands, settings and views of the code', async () => {
    assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), commands.toSorted());
    assert.deepEqual(properties.map(([name]) => name).sort(), settings.toSorted());
    const used = await namesInHost();
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
      ...milestones,
    ]);
  });

  it('names only commands that exist in menus, and in links of the walkthrough and the welcome views', async () => {
    const inMenus = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
    const links = (await text('package.nls.json')).matchAll(/\(command:(semap\.[\w.]+)\)/g);
    const linked = [...links].map(([, id]) => id);
    assert.ok(linked.length > 0);
    const known = [...commands, ...views.map((view) => `${view}.focus`), 'workbench.trust.manage'];
    nothingUnknown([...inMenus, ...linked], known);
  });

  it('keeps the palette short: what has an object is in the menus of that object', () => {
    const palette = contributes.menus['commandPalette'];
    const hidden = new Set(palette.filter(({ when }) => when === 'false').map(({ command }) => command));
    const shown = contributes.commands.filter(({ command }) => !hidden.has(command));
    for (const { command, category } of shown) assert.equal(category, 'SeMap', command);
    // VS Code adds a command to every view, and shows it under the same category.
    const listed = shown.length + views.length;
    assert.ok(listed <= MOST_IN_PALETTE, `${listed} commands, whatever the conditions are`);
    const { commandPalette: _, ...menus } = contributes.menus;
    const offered = new Set(Object.values(menus).flatMap((items) => items.map(({ command }) => command)));
    assert.deepEqual(
      [...hidden].filter((command) => !offered.has(command)),
      // Manage Text Encoders lists the second, the status bar runs those that show, pages run the others.
      [
        'semap.showFind',
        'semap.showCell',
        'semap.installTextEncoder',
        'semap.keepHead',
        'semap.keepClassifier',
        'semap.showRanking',
      ],
    );
  });

  it('calls no two commands of the palette by titles that begin alike', async () => {
    const texts: Readonly<Record<string, string>> = JSON.parse(await text('package.nls.json'));
    const palette = contributes.menus['commandPalette'];
    const titles = contributes.commands
      .filter(({ command }) => !palette.some((item) => item.command === command && item.when === 'false'))
      .map(({ title }) => texts[title.slice(1, -1)].replace(/\.\.\.$/, ''));
    assert.equal(new Set(titles).size, titles.length);
    for (const title of titles)
      assert.deepEqual(
        titles.filter((other) => other !== title && other.startsWith(title)),
        [],
      );
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
    nothingUnknown(contextKeys, await namesInHost());
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
    for (const [name, setting] of properties) {
      assert.notEqual(setting.default, undefined, name);
      assert.ok(setting.description ?? setting.markdownDescription, name);
      assert.ok(setting.scope, name);
    }
    const orders = properties.map(([, { order }]) => order ?? 0);
    assert.deepEqual(
      orders,
      [...new Set(orders)].sort((a, b) => a - b),
    );
  });

  it('groups the settings under SeMap, those for experts last', () => {
    const groups = contributes.configuration;
    assert.deepEqual(
      groups.map(({ order }) => order),
      groups.map((_, index) => index + 1),
    );
    // By such a name VS Code leaves its own spelling of the prefix, "Semap:", out of the settings of a group.
    for (const { id } of groups) assert.match(id, /^semap\.\w+$/);
    assert.equal(groups.at(-1)?.title, '%settings.expert%');
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
    ])
      assert.ok(restrictedConfigurations.includes(name), name);
  });

  it('leads to where trust is given from every view of a workspace that is not trusted', () => {
    const { 'view/title': titles } = contributes.menus;
    for (const view of views) {
      const leads = titles.some(
        ({ command, when }) =>
          command === 'workbench.trust.manage' && when === `view == ${view} && !isWorkspaceTrusted`,
      );
      assert.ok(leads, view);
    }
  });

  it('points only at files that exist', async () => {
    const media = (await readdir(new URL('media/', root), { recursive: true })).map(
      (name) => `media/${name}`,
    );
    const named = [
      ...steps.flatMap(({ media: { svg, image } }) => [svg ?? [], Object.values(image ?? {})].flat()),
      ...contributes.jsonValidation.map(({ url }) => url.replace('./', '')),
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
    ];
    const missing = named.filter((file) => !media.includes(file));
    assert.deepEqual(missing, []);
  });

  it('marks a step of the walkthrough by what was done, never by a command that only began', async () => {
    const events = steps.flatMap(({ completionEvents }) => completionEvents);
    const used = await namesInHost();
    for (const event of events) assert.match(event, /^onContext:semap\.did\w+$/);
    const keys = events.flatMap((event) => event.match(/semap\.\w+/g) ?? []);
    nothingUnknown(keys, milestones);
    nothingUnknown(keys, used);
    assert.ok(['align', 'classify', 'label', 'train'].every((id) => steps.some((step) => step.id === id)));
  });

  it('has pictures of the walkthrough for every kind of theme, none of them large', async () => {
    for (const { media } of steps) {
      if (!media.image) continue;
      assert.deepEqual(Object.keys(media.image).sort(), ['dark', 'hc', 'hcLight', 'light']);
      for (const file of Object.values(media.image)) {
        const { size } = await stat(new URL(file, root));
        assert.ok(size < 200_000, `${file} has ${size} bytes`);
      }
    }
  });

  it('has colours for light, dark and both high contrast themes', () => {
    for (const { defaults } of contributes.colors) {
      assert.deepEqual(Object.keys(defaults).sort(), ['dark', 'highContrast', 'highContrastLight', 'light']);
    }
  });
});
