import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import type { ImageScorer, PlacedImage } from '../../core/evidence/imageScorer.ts';
import { Information } from '../../core/heads/evidence.ts';
import { logSumExp } from '../../core/mapping/logSumExp.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';
import type { LabelNotes } from '../../protocol/settling.ts';
import type { ScoredFolder } from '../classify/scoredFolder.ts';
import type { Caches } from '../outputs/outputCaches.ts';
import type { OutputStore } from '../outputs/outputStore.ts';
import type { FolderTruths } from '../truths/truthTables.ts';

/** Images of folders in their order, and what the mapping alone says of them. */
export interface MappedFolder {
  readonly scored: ScoredFolder;
  readonly images: readonly PlacedImage[];
  /** Where each of them stands in `scored`. */
  readonly order: Uint32Array;
  /** Row-major [N, T]. */
  readonly scores: Float32Array;
  /** Log-sum-exp of each image's logits. */
  readonly evidence: Float32Array;
  /** How much the backbone's own labels tell the images apart. */
  readonly sourceInformation: number;
}

/** The same with what is said of them now. */
export interface PlainFolder extends MappedFolder {
  readonly backbone: BackboneDescription;
  readonly caches: Caches;
  readonly scorer: ImageScorer;
  readonly labels: Labels;
  /** Images that SeMap proposed to label. */
  readonly proposed: ReadonlySet<number>;
  /** Images whose label is none of the targets: nobody is asked about them again. */
  readonly elsewhere: ReadonlySet<number>;
  readonly labelNotes: LabelNotes;
  readonly unseen: number;
}

/** What was said of the images of a folder, and which of it is learned from. */
export interface Labels {
  /** A target, or one of {@link GIVEN}. */
  readonly given: Int32Array;
  /** 1 where the label only measures. */
  readonly held: Uint8Array;
}

/** Images of a folder in its order, with what the mapping says of each. */
export async function mappedImages(
  scored: ScoredFolder,
  scorer: ImageScorer,
  tapped: OutputStore | undefined,
): Promise<MappedFolder> {
  const T = scorer.targets.length;
  const N = scored.images.length;
  const scores = new Float32Array(N * T);
  const evidence = new Float32Array(N);
  const places = scored.images.map(({ place }, at) => place ?? at);
  const rank = new Uint32Array(N);
  const order = Uint32Array.from(places.keys()).sort((a, b) => places[a] - places[b]);
  for (const [to, at] of order.entries()) rank[at] = to;
  let told: Information | undefined;
  for await (const { from, images, logits, features } of scored.withFeatures(tapped).blocks()) {
    const block = scorer.score(logits, images.length, features);
    const S = logits.length / images.length;
    told = (told ?? new Information(S)).add(logits);
    for (let i = 0; i < images.length; i++) {
      scores.set(block.subarray(i * T, (i + 1) * T), rank[from + i] * T);
      evidence[rank[from + i]] = logSumExp(logits.subarray(i * S, (i + 1) * S));
    }
  }
  const images = Array.from(order, (at) => scored.images[at]);
  // The last digits follow the order in which images came.
  const sourceInformation = Number((told?.value ?? 0).toFixed(6));
  return { scored, images, order, scores, evidence, sourceInformation };
}

/** What persons said of images, and which of it cannot be used. */
export function labelsOf(
  images: readonly PlacedImage[],
  scorer: ImageScorer,
  truths: FolderTruths,
): Pick<PlainFolder, 'labels' | 'proposed' | 'elsewhere' | 'labelNotes'> {
  const given = new Int32Array(images.length);
  const held = new Uint8Array(images.length);
  const proposed = new Set<number>();
  const elsewhere = new Set<number>();
  const unknown = new Map<string, number>();
  for (const [i, image] of images.entries()) {
    given[i] = scorer.givenOf(image);
    const truth = truths.of(image.path);
    if (truth?.by !== 'person') continue;
    if (truth.asked === 'proposed') proposed.add(i);
    const measures = truth.asked === 'random' && truth.givenBy !== 'agent' && !scorer.isLearnedFrom(image);
    if (measures && given[i] !== GIVEN.nothing) held[i] = 1;
    if (truth.label === undefined || given[i] !== GIVEN.nothing) continue;
    elsewhere.add(i);
    unknown.set(truth.label, (unknown.get(truth.label) ?? 0) + 1);
  }
  const labels = [...unknown].map(([label, count]) => ({ label, images: count }));
  return {
    labels: { given, held },
    proposed,
    elsewhere,
    labelNotes: { unknown: labels.sort((a, b) => b.images - a.images), ...truths.lacking(images) },
  };
}
