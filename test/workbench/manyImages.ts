import { cp, link, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { sampleImages } from '../../scripts/sampleWorkspace.ts';

/** Makes `many` in a folder: the sample images `times` over in their class folders, enough to interrupt a run in the middle. */
export async function manyImages(folder: string, times: number): Promise<void> {
  for (const label of await readdir(sampleImages)) {
    if (label.includes('.')) continue;
    await mkdir(path.join(folder, 'many', label), { recursive: true });
    for (const file of await readdir(path.join(sampleImages, label))) {
      const first = path.join(folder, 'many', label, `0-${file}`);
      await cp(path.join(sampleImages, label, file), first);
      for (let index = 1; index < times; index++) {
        await link(first, path.join(folder, 'many', label, `${index}-${file}`));
      }
    }
  }
}
