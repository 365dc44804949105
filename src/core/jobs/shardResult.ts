import type { ImageFacts } from '../images/imageFacts.ts';
import type { Text } from '../text/text.ts';
import type { ListedImage } from './shardList.ts';

/** What a shard says of one image. */
export interface ResultRow {
  readonly image: Pick<ListedImage, 'name' | 'folder'>;
  /** As the file was when it was read; as it was planned where it could not be. */
  readonly bytes: number;
  readonly modified: number;
  /** Whether it was another when the job was planned. */
  readonly changed: boolean;
  /** Why it could not be read; then nothing else is known of it. */
  readonly skipped?: Text | undefined;
  /** Of the file's content, a byte a character. */
  readonly digest?: string | undefined;
  readonly facts?: ImageFacts | undefined;
  /** Index of the answer among the targets; -1 for none. */
  readonly target: number;
  readonly confidence: number;
  /** What of {@link ResultWidths} is not 0, of images that could be read. */
  readonly scores?: Float32Array | undefined;
  readonly outputs?: Float32Array | undefined;
  readonly features?: Float32Array | undefined;
}

/** How many numbers of an image a result holds. */
export interface ResultWidths {
  /** Scores of target labels. */
  readonly scores: number;
  /** What the backbones say, side by side. */
  readonly outputs: number;
  /** Penultimate features; 0 where there are none. */
  readonly features: number;
}

/** What a result says of itself. */
export interface ResultFacts {
  /** Id of its job. */
  readonly job: string;
  readonly shard: number;
  readonly images: number;
  readonly skipped: number;
  /** Version of SeMap. */
  readonly semap: string;
  readonly onnxruntime: string;
  /** What ran the backbone: `cpu`, `cuda`; `cache` where nothing had to be run. */
  readonly device: string;
  readonly seconds: number;
}

/** The facts as pairs of texts, as Parquet keeps them. */
export function factTexts(facts: ResultFacts): readonly (readonly [string, string])[] {
  return Object.entries(facts).map(([key, value]) => [`semap.${key}`, String(value)]);
}

/** The facts of {@link factTexts}; undefined where some are missing. */
export function readFacts(texts: ReadonlyMap<string, string>): ResultFacts | undefined {
  const text = (key: keyof ResultFacts) => texts.get(`semap.${key}`) ?? '';
  const count = (key: keyof ResultFacts) => (text(key) === '' ? Number.NaN : Number(text(key)));
  const facts: ResultFacts = {
    job: text('job'),
    shard: count('shard'),
    images: count('images'),
    skipped: count('skipped'),
    semap: text('semap'),
    onnxruntime: text('onnxruntime'),
    device: text('device'),
    seconds: count('seconds'),
  };
  const { job, shard, images, skipped, seconds } = facts;
  const counts = [shard, images, skipped].every((one) => Number.isSafeInteger(one) && one >= 0);
  return job !== '' && counts && Number.isFinite(seconds) ? facts : undefined;
}
