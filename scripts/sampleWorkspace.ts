import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import { seededRandom } from '../src/core/random.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const require = createRequire(import.meta.url);

export const sampleWorkspace = path.join(root, 'sample-workspace');
/** Class folders within {@link sampleWorkspace}. */
export const sampleImages = path.join(sampleWorkspace, 'icons');

const IMAGES_PER_CLASS = 36;
const PIXELS = 128;
const SEED = 20231123;

/**
 * Which icons of Noto Emoji make which class. The class names are coarser than the starter backbone's labels and none of
 * them is one: it knows Chihuahua and golden retriever, but not dog. Noto's style is not among those it was trained on.
 */
const CLASSES: Readonly<Record<string, string>> = {
  ball: 'basketball soccer-ball volleyball rugby-football american-football baseball softball tennis',
  bird: 'bird black-bird chicken dodo dove duck eagle flamingo goose owl parrot peacock penguin swan turkey',
  cat: 'black-cat cat cat-face grinning-cat crying-cat kissing-cat weary-cat',
  dog: 'dog dog-face guide-dog poodle service-dog',
  fish: 'blowfish fish shark tropical-fish',
  fruit:
    'banana cherries green-apple kiwi-fruit lemon mango melon peach pear pineapple red-apple strawberry tangerine',
  insect: 'ant beetle bug butterfly cockroach cricket fly honeybee lady-beetle monarch-butterfly mosquito',
  monkey: 'monkey monkey-face see-no-evil-monkey hear-no-evil-monkey speak-no-evil-monkey',
  timepiece: 'alarm-clock hourglass-done hourglass-not-done mantelpiece-clock stopwatch timer-clock watch',
  vehicle:
    'automobile ambulance bus delivery-truck fire-engine minibus oncoming-automobile oncoming-bus oncoming-taxi pickup-truck police-car racing-car sport-utility-vehicle taxi tractor articulated-lorry trolleybus',
};

interface IconSet {
  readonly icons: Readonly<Record<string, { readonly body: string; readonly width?: number }>>;
  readonly aliases?: Readonly<Record<string, { readonly parent: string }>>;
  readonly width?: number;
}

const README = `# SeMap sample workspace

\`icons/\` holds ${Object.keys(CLASSES).length} class folders of ${IMAGES_PER_CLASS} drawn pictures. The folder names are the target labels; none of
them is a label of the starter backbone.

- Run **SeMap: Align Labels** from the Command Palette and select the folder \`icons\`, or the list \`labels.txt\`.
- Right-click \`icons\` in the Explorer and choose **Zero-Shot Classify**. The folder names are the true labels, so the
  results show an accuracy.

The pictures are rendered from Noto Emoji; see \`icons/LICENSE.txt\`.
`;

const LICENSE = `The pictures in this folder are rendered from Noto Emoji by Google Inc
(https://github.com/googlefonts/noto-emoji), taken from the npm package
@iconify-json/noto, and changed: turned, scaled, and set on a coloured background.

Noto Emoji is licensed under the Apache License, Version 2.0:
https://www.apache.org/licenses/LICENSE-2.0
`;

/**
 * Writes the sample workspace unless it is there already. The same pictures come out every time. Files that a person added
 * to the workspace are left alone.
 */
export async function makeSampleWorkspace(): Promise<void> {
  const recipe = await readFile(fileURLToPath(import.meta.url), 'utf8');
  const version: string = require('@iconify-json/noto/package.json').version;
  const stamp = createHash('sha256').update(recipe).update(version).digest('hex');
  const stampFile = path.join(root, 'dist', 'sample-workspace.stamp');
  const made = existsSync(sampleImages) && (await readFile(stampFile, 'utf8').catch(() => ''));
  if (made === stamp) return;

  const started = Date.now();
  const set: IconSet = require('@iconify-json/noto/icons.json');
  await rm(sampleImages, { recursive: true, force: true });
  const random = seededRandom(SEED);
  for (const [label, names] of Object.entries(CLASSES)) {
    const folder = path.join(sampleImages, label);
    await mkdir(folder, { recursive: true });
    const icons = names.split(' ');
    for (let index = 0; index < IMAGES_PER_CLASS; index++) {
      const name = icons[index % icons.length] as string;
      const number = String(index + 1).padStart(2, '0');
      await writeFile(path.join(folder, `${number}-${name}.png`), draw(iconOf(set, name), random));
    }
  }
  await writeFile(path.join(sampleImages, 'LICENSE.txt'), LICENSE);
  await writeFile(path.join(sampleWorkspace, 'README.md'), README);
  await writeFile(path.join(sampleWorkspace, 'labels.txt'), `${Object.keys(CLASSES).join('\n')}\n`);
  await mkdir(path.dirname(stampFile), { recursive: true });
  await writeFile(stampFile, stamp);
  const images = IMAGES_PER_CLASS * Object.keys(CLASSES).length;
  console.log(
    `Made sample-workspace/ with ${images} pictures in ${((Date.now() - started) / 1000).toFixed(1)} s.`,
  );
}

function iconOf(set: IconSet, name: string): { readonly body: string; readonly size: number } {
  const icon = set.icons[name] ?? set.icons[set.aliases?.[name]?.parent ?? ''];
  if (!icon) throw new Error(`@iconify-json/noto has no icon "${name}".`);
  return { body: icon.body, size: icon.width ?? set.width ?? 16 };
}

/** A PNG of the icon: turned up to 20 degrees, mirrored half of the time, 60 to 95% of the picture, on a two-colour gradient. */
function draw(icon: { readonly body: string; readonly size: number }, random: () => number): Uint8Array {
  const between = (low: number, high: number): number => low + (high - low) * random();
  const colour = (): string =>
    `hsl(${between(0, 360).toFixed(0)} ${between(10, 60).toFixed(0)}% ${between(55, 92).toFixed(0)}%)`;
  const scale = (PIXELS * between(0.6, 0.95)) / icon.size;
  const mirror = random() < 0.5 ? -1 : 1;
  const [x, y] = [0, 0].map(() => PIXELS / 2 + between(-0.06, 0.06) * PIXELS) as [number, number];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${PIXELS}" height="${PIXELS}">
<defs><linearGradient id="semap-back" gradientTransform="rotate(${between(0, 90).toFixed(0)})"><stop stop-color="${colour()}"/><stop offset="1" stop-color="${colour()}"/></linearGradient></defs>
<rect width="100%" height="100%" fill="url(#semap-back)"/>
<g transform="translate(${x} ${y}) rotate(${between(-20, 20)}) scale(${scale * mirror} ${scale}) translate(${-icon.size / 2} ${-icon.size / 2})">${icon.body}</g>
</svg>`;
  return new Resvg(svg, { font: { loadSystemFonts: false } }).render().asPng();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makeSampleWorkspace();
