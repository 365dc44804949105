import { setImmediate } from 'node:timers/promises';
import type { Engine } from '../supervisor/engineClient.ts';
import type { ClassifyRun } from './classifyRun.ts';

/** What is known of the images of a run whatever their labels, in the order of arrival. */
export interface ImageLooks {
  /** Per image the number of its group of near-duplicates, -1 for none. */
  readonly groups: Int32Array;
  /** Per image what it is of `LOOK`, as bits. */
  readonly looks: Uint8Array;
  /** Pixels, 0 where nobody noted them. */
  readonly widths: Int32Array;
  readonly heights: Int32Array;
}

/** Images that are looked up before others get a turn. */
const AT_A_TIME = 2000;

const known = new WeakMap<ClassifyRun, { readonly images: number; readonly looks: ImageLooks }>();

/** What was asked of all images that a run has by now; undefined where nobody did. */
export function knownLooks(run: ClassifyRun): ImageLooks | undefined {
  const before = known.get(run);
  return before?.images === run.predictions.length ? before.looks : undefined;
}

/** Asks the engine once for all images that a run has by now. @throws what the engine says; cancelled */
export async function imageLooks(
  run: ClassifyRun,
  engine: Pick<Engine, 'call'>,
  signal: AbortSignal,
): Promise<ImageLooks> {
  const { predictions } = run;
  const images = predictions.length;
  const before = knownLooks(run);
  if (before) return before;
  const { paths, ...columns } = await engine.call('examineImages', run.settings.params, { signal });
  const placeOf = new Map(paths.map((file, place) => [file, place]));
  const looks = {
    groups: new Int32Array(images).fill(-1),
    looks: new Uint8Array(images),
    widths: new Int32Array(images),
    heights: new Int32Array(images),
  };
  for (let from = 0; from < images; from += AT_A_TIME) {
    for (const [i, { path: file }] of predictions.slice(from, from + AT_A_TIME).entries()) {
      const place = placeOf.get(file);
      if (place === undefined) continue;
      looks.groups[from + i] = columns.groups[place];
      looks.looks[from + i] = columns.looks[place];
      looks.widths[from + i] = columns.widths[place];
      looks.heights[from + i] = columns.heights[place];
    }
    await setImmediate();
  }
  if (predictions.length === images) known.set(run, { images, looks });
  return looks;
}
