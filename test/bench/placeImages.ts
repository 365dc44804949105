import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type PlaceMode, type PlaceStep, placeModes } from '../../src/core/plans/filePlan.ts';
import { carryOut, undoPlan } from '../../src/files/plans/carryOut.ts';
import { writeJournal } from '../../src/files/plans/journal.ts';

/*
 * How fast images get to their places, beside `cp -r` of the same folder:
 * node --import tsx test/bench/placeImages.ts [--images 5000] [--kilobytes 100] [--rounds 3] [--folder DIR]
 */

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '5000' },
    kilobytes: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string', default: os.tmpdir() },
  },
});
const root = mkdtempSync(path.join(values.folder, 'semap-bench-'));
const photos = path.join(root, 'photos');
const count = Number(values.images);
for (let n = 0; n < count; n++) {
  const folder = path.join(photos, `label${n % 10}`);
  if (n < 10) mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${n}.jpg`), Buffer.alloc(Number(values.kilobytes) << 10, n));
}

function stepsOf(mode: PlaceMode): PlaceStep[] {
  return readdirSync(photos).flatMap((label) =>
    readdirSync(path.join(photos, label)).map((name) => {
      const from = path.join(photos, label, name);
      const { size, mtimeMs } = statSync(from);
      return { do: mode, from, to: `${label}/${name}`, bytes: size, modified: mtimeMs };
    }),
  );
}

const times = new Map<string, number[]>();
async function timed(name: string, work: () => unknown): Promise<void> {
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  times.set(name, [...(times.get(name) ?? []), seconds]);
}

for (let round = 0; round < Number(values.rounds); round++) {
  const copy = path.join(root, 'cp');
  await timed('cp -r', () => execFileSync('cp', ['-r', photos, copy]));
  rmSync(copy, { recursive: true });
  for (const mode of placeModes) {
    const steps = stepsOf(mode);
    let journal = '';
    await timed(`${mode}: journal`, async () => {
      journal = await writeJournal({ folder: path.join(root, 'out'), title: 'bench', steps });
    });
    await timed(`${mode}: carried out`, () => carryOut(journal));
    await timed(`${mode}: undone`, () => undoPlan(journal));
  }
}
rmSync(root, { recursive: true });
for (const [name, all] of times) {
  const best = Math.min(...all);
  console.log(`${name.padEnd(24)} ${best.toFixed(2)} s  ${(count / best).toFixed(0)} images/s`);
}
