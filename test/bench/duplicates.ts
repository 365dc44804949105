import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { FeatureKind } from '../../src/core/heads/features.ts';
import { LikenessBuilder, type Likenesses, SHAPE, SKETCH } from '../../src/core/likeness/likeness.ts';
import { isBlank } from '../../src/core/likeness/looks.ts';
import { nearDuplicates } from '../../src/core/likeness/nearDuplicates.ts';
import { oddImages } from '../../src/core/likeness/oddImages.ts';
import { seededRandom, shuffle } from '../../src/core/random.ts';
import { openProduct } from '../../src/engine/likeness/matrixProduct.ts';
import { describeBackbones } from './describeBackbones.ts';
import { type Measured, measurePictures, VARIANTS } from './duplicateData.ts';

/*
 * npm run bench:duplicates [-- --backbones a,b --sets a,b --cache DIR]
 * npm run bench:duplicates -- --speed 10000,100000
 *
 * How many made near-duplicates are found among the pictures of a folder, one of each kind at a time; how many pictures of
 * the folder itself are put into groups; and how many of four pictures of another folder are found odd. Needs the build and
 * the test data.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');
const { values: options } = parseArgs({
  options: {
    backbones: { type: 'string', default: 'squeezenet1.1,mobilenetv2,mobilenetv3-small,starter' },
    sets: { type: 'string' },
    cache: { type: 'string', default: path.join(root, 'out/bench/outputs') },
    speed: { type: 'string' },
  },
});

if (options.speed !== undefined) for (const count of options.speed.split(',')) await speed(Number(count));
else await quality();

async function quality(): Promise<void> {
  const sets = options.sets?.split(',') ?? readdirSync(path.join(data, 'images'));
  const names = options.backbones.split(',');
  for (const [at, backbone] of (await describeBackbones(names)).entries()) {
    const name = names[at];
    const folders = new Map<string, readonly Measured[]>();
    for (const set of sets)
      folders.set(set, await measurePictures(path.join(data, 'images', set), backbone, options.cache));
    for (const kind of ['features', 'logits'] as const) {
      for (const [set, pictures] of folders) {
        const own = pictures.filter(({ variant }) => variant === undefined);
        const groups = await nearDuplicates(likenessesOf(own, kind));
        const found: string[] = [];
        for (const variant of Object.keys(VARIANTS))
          found.push(`${variant} ${await recall(pictures, variant, kind)}`);
        const sizes = sizesOf(groups);
        console.log(
          `${name} ${kind} ${set}: ${own.length} pictures, ${sizes.length} groups ` +
            `(${sizes.reduce((sum, size) => sum + size, 0)} pictures, largest ${Math.max(0, ...sizes)}); ` +
            `found of 100: ${found.join(', ')}`,
        );
        if (kind === 'features') console.log(`  ${await odd(set, folders)}`);
      }
    }
  }
}

function likenessesOf(pictures: readonly Measured[], kind: FeatureKind): Likenesses {
  const built = new LikenessBuilder(pictures.length, kind, pictures[0][kind].length);
  for (const [i, picture] of pictures.entries()) built.set(i, picture[kind], picture.facts);
  return built;
}

/** Percent of the made ones that end up in the group of what they were made from. */
async function recall(pictures: readonly Measured[], variant: string, kind: FeatureKind): Promise<string> {
  const some = pictures.filter((picture) => picture.variant === undefined || picture.variant === variant);
  const groups = await nearDuplicates(likenessesOf(some, kind));
  const made = some.flatMap((picture, at) => (picture.variant === undefined ? [] : [at]));
  const right = made.filter((at) => groups[at] >= 0 && groups[at] === groups[some[at].of]);
  return ((100 * right.length) / made.length).toFixed(0);
}

function sizesOf(groups: Int32Array): number[] {
  const sizes = new Map<number, number>();
  for (const group of groups) if (group >= 0) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return [...sizes.values()];
}

/** Four pictures of each other folder among those of one. */
async function odd(set: string, folders: ReadonlyMap<string, readonly Measured[]>): Promise<string> {
  const plain = (name: string) => folders.get(name)!.filter(({ variant }) => variant === undefined);
  const own = plain(set);
  const alone = await oddImages(likenessesOf(own, 'features'));
  const told: string[] = [];
  for (const other of folders.keys()) {
    if (other === set) continue;
    const strangers = shuffle([...plain(other)], seededRandom(1)).slice(0, 4);
    const found = await oddImages(likenessesOf([...own, ...strangers], 'features'));
    told.push(`${other} ${found.filter((at) => at >= own.length).length}`);
  }
  const blank = own.filter(({ facts }) => isBlank(facts)).length;
  return `odd ${alone.length}, blank ${blank}; of four strangers odd: ${told.join(', ')}`;
}

/** Pictures made of numbers: a tenth of them near-duplicates of others. */
async function speed(count: number): Promise<void> {
  const random = seededRandom(1);
  const sketches = new Int8Array(count * SKETCH);
  const shapes = new Int8Array(count * SHAPE);
  for (let image = 0; image < count; image++) {
    const from = random() < 0.1 && image > 0 ? Math.floor(random() * image) : undefined;
    // As of photographs: light above, dark below.
    const fill = (rows: Int8Array, width: number, size: number) => {
      for (let i = 0; i < width; i++) {
        const slope = width === SHAPE ? size * (0.4 - (0.1 * i) / 8) : 0;
        rows[image * width + i] =
          from === undefined
            ? size * (random() - 0.5) + slope
            : rows[from * width + i] + (random() < 0.05 ? 1 : 0);
      }
    };
    fill(sketches, SKETCH, 100);
    fill(shapes, SHAPE, 14);
  }
  const images = { count, sketches, shapes };
  const { product, release } = await openProduct();
  const started = process.cpuUsage();
  const groups = await nearDuplicates(images);
  const first = process.cpuUsage(started);
  await oddImages(images, { product });
  const both = process.cpuUsage(started);
  await release();
  const seconds = ({ user, system }: NodeJS.CpuUsage) => ((user + system) / 1e6).toFixed(1);
  const { maxRSS } = process.resourceUsage();
  console.log(
    `${count} images: groups ${seconds(first)} s (${sizesOf(groups).length} groups), with odd ones ${seconds(both)} s of ` +
      `processor time; ${Math.round(maxRSS / 1024)} MB at most`,
  );
}
