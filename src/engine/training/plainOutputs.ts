import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import type { LabelledImage } from '../../core/training/split.ts';
import type { PlainImages } from '../../core/training/trainJob.ts';
import { sampleOutputs } from '../classify/sampleOutputs.ts';
import type { TrainingServices } from './prepareTraining.ts';

const REPORT_MILLISECONDS = 100;

/** Who hears of the images while their outputs come to be. */
interface Listener {
  readonly onDone: (done: number, total: number) => void;
  readonly onSkipped: (image: SkippedImage) => void;
  readonly signal: AbortSignal;
}

/** Outputs of images without a prompt, from the cache where they are there; unreadable images fall out. */
export async function plainOutputs(
  { outputs, features: caches, taps, pools }: TrainingServices,
  backbone: BackboneDescription,
  parts: readonly (readonly LabelledImage[])[],
  { onDone, onSkipped, signal }: Listener,
): Promise<PlainImages[]> {
  const { features } = await taps.read(backbone);
  const all = parts.flat();
  let done = 0;
  let reported = 0;
  const releases: (() => void)[] = [];
  try {
    const rows = await sampleOutputs({
      images: all,
      outputs: await outputs.open(backbone),
      features: features && {
        cache: await caches.open(backbone, features),
        sameLogits: features.sameLogits,
      },
      open: async (withFeatures) => {
        const { pool, release } = await pools.borrow(backbone, withFeatures ? features?.tap : undefined);
        releases.push(() => release(false));
        return pool;
      },
      onImage: () => {
        done++;
        const now = performance.now();
        if (now - reported < REPORT_MILLISECONDS) return;
        reported = now;
        onDone(done, all.length);
      },
      signal,
    });
    for (const image of rows.skipped) onSkipped(image);
    const S = rows.logits.length / Math.max(1, rows.images.length);
    const D = (rows.features?.length ?? 0) / Math.max(1, rows.images.length);
    let start = 0;
    return parts.map((part) => {
      const end = start + part.length;
      const own = [...rows.images.entries()].filter(([, at]) => at >= start && at < end);
      start = end;
      const from = own[0]?.[0] ?? 0;
      const to = from + own.length;
      return {
        images: own.map(([, at]) => all[at]),
        logits: rows.logits.slice(from * S, to * S),
        ...(rows.features ? { features: rows.features.slice(from * D, to * D) } : {}),
      };
    });
  } finally {
    for (const release of releases) release();
  }
}
