/**
 * Renders drawn icons for the starter's labels: node scripts/starter/icons.mjs OUT
 *
 * Reads the icon sets that are installed in OUT of twemoji, openmoji, fluent-emoji-flat (which train), noto and fluent-emoji
 * (which measure):
 *   npm install --prefix OUT @iconify-json/{twemoji,openmoji,fluent-emoji-flat,noto,fluent-emoji}
 * Writes OUT/icons.rgba (80 x 80 pixels of 4 bytes each, straight alpha) and OUT/icons.json [{ set, name, wnid, y }].
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Resvg } from '@resvg/resvg-js';

const SIZE = 80;
const SETS = ['twemoji', 'openmoji', 'fluent-emoji-flat', 'noto', 'fluent-emoji'];

const out = process.argv[2];
if (!out) throw new Error('Usage: node scripts/starter/icons.mjs OUT');
const require = createRequire(path.resolve(out, 'package.json'));
const wnids = (await readFile(new URL('../../models/label-spaces/imagenet-1k.txt', import.meta.url), 'utf8'))
  .trim()
  .split('\n')
  .map((line) => line.slice(0, 9));
const names = JSON.parse(await readFile(new URL('icon-names.json', import.meta.url), 'utf8'));

const icons = [];
const pixels = [];
for (const set of SETS) {
  const { icons: drawn, aliases = {}, width: setWidth = 16, height: setHeight = 16 } = readSet(set);
  for (const [wnid, candidates] of Object.entries(names)) {
    for (const name of candidates) {
      const icon = drawn[name] ?? drawn[aliases[name]?.parent];
      if (!icon) continue;
      const box = `0 0 ${icon.width ?? setWidth} ${icon.height ?? setHeight}`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${box}" width="${SIZE}" height="${SIZE}">${icon.body}</svg>`;
      pixels.push(straight(new Resvg(svg, { font: { loadSystemFonts: false } }).render().pixels));
      icons.push({ set, name, wnid, y: wnids.indexOf(wnid) });
    }
  }
}
await writeFile(path.join(out, 'icons.rgba'), Buffer.concat(pixels));
await writeFile(path.join(out, 'icons.json'), JSON.stringify(icons));
console.log(`${icons.length} icons`);

function readSet(set) {
  try {
    return require(`@iconify-json/${set}/icons.json`);
  } catch {
    console.warn(`@iconify-json/${set} is not installed: left out.`);
    return { icons: {} };
  }
}

/** The renderer gives colours multiplied by alpha; training composes them itself. */
function straight(rgba) {
  const result = Buffer.from(rgba);
  for (let at = 0; at < result.length; at += 4) {
    const alpha = result[at + 3];
    if (alpha === 0 || alpha === 255) continue;
    for (let channel = at; channel < at + 3; channel++) {
      result[channel] = Math.min(255, Math.round((result[channel] * 255) / alpha));
    }
  }
  return result;
}
