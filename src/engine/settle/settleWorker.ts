import { cancelled } from '../../core/errors.ts';
import { READ_BLOCK } from '../../core/heads/contentSample.ts';
import { type Doubt, doubtfulLabels } from '../../core/heads/doubtful.ts';
import { type FeatureKind, type FeatureSource, featureRows } from '../../core/heads/features.ts';
import { type FolderBasis, folderBasis } from '../../core/heads/folderBasis.ts';
import { type LearnedHead, type LearnedHeadKind, learnHead } from '../../core/heads/learnHead.ts';
import { propose } from '../../core/heads/propose.ts';
import { type Settled, settle } from '../../core/heads/settle.ts';
import type { MixtureTerms } from '../../core/heads/terms.ts';
import type { Work } from '../../core/work.ts';
import { type Call, type CallContext, moving } from '../../protocol/rpc.ts';
import { openProduct } from '../likeness/matrixProduct.ts';
import { serveStarter } from '../threads/serveStarter.ts';
import { Turns } from '../threads/turns.ts';

/** Entry of the settling worker: what a folder's features are made into once stays here while its person labels. */

/** The images of a folder that are settled together; others have no features. */
export interface FolderFacts {
  /** The same for the same images, backbone and kind of features. */
  readonly key: string;
  readonly count: number;
  readonly width: number;
  readonly kind: FeatureKind;
  readonly targetCount: number;
}

export interface SettleWork {
  readonly folder: FolderFacts;
  /** Mapped scores, row-major [count, T]. */
  readonly scores: Float32Array;
  readonly labelled: { readonly images: Int32Array; readonly targets: Int32Array };
  readonly balanced: boolean;
  readonly sourceInformation: number;
}

export interface SettledFolder extends Pick<Settled, 'scores' | 'information' | 'evidence' | 'guard'> {
  /** How far the mapping is trusted beside the labels that were learned from; 1 without any. */
  readonly trust: number;
  readonly doubtful: readonly Doubt[];
  /** Where they were asked for, and something was changed. */
  readonly terms?: MixtureTerms | undefined;
}

export interface SettleApi {
  settle: Call<SettleWork & { readonly doubts?: boolean; readonly terms?: boolean }, SettledFolder, number>;
  /** A head, from the labelled images; others measure it. */
  learn: Call<
    SettleWork & {
      readonly kind: LearnedHeadKind;
      readonly measure: SettleWork['labelled'];
      /** Those that taught the mapping or the prompts. */
      readonly seen: Int32Array;
      /** Per image the number of its group of near-duplicates, -1 for none. */
      readonly groups: Int32Array;
    },
    LearnedHead,
    number
  >;
  /** The images to ask about, of the pool. */
  propose: Call<
    SettleWork & { readonly pool: Int32Array; readonly known: Int32Array; readonly count: number },
    readonly number[],
    number
  >;
}

/** What the worker asks of the engine. */
export interface FeatureRowsApi {
  /** Writes features of the images `from` to `to` of a folder, row-major, to the start of memory that both share. */
  rows: Call<{
    readonly key: string;
    readonly from: number;
    readonly to: number;
    readonly into: SharedArrayBuffer;
  }>;
}

/** Bases that are kept: of the folder that is labelled, and of the one before. */
const KEPT = 2;
const KEPT_BYTES = 256 << 20;
/** Features up to so many bytes are asked for once. */
const AT_HAND = 64 << 20;
/** The share of the work that making the basis is. */
const BASIS_SHARE = 0.7;

const bases = new Map<string, FolderBasis>();
const turns = new Turns();
let opened: ReturnType<typeof openProduct> | undefined;

/** Where features come to, block after block: what is sent instead would be garbage as large as the folder. */
let shared = new SharedArrayBuffer(0);

/** A view that holds until the next one. */
async function rowsOf({ key, width }: FolderFacts, from: number, to: number): Promise<Float32Array> {
  const bytes = (to - from) * width * 4;
  if (shared.byteLength < bytes) shared = new SharedArrayBuffer(bytes);
  await starter.call('rows', { key, from, to, into: shared });
  return new Float32Array(shared, 0, (to - from) * width);
}

async function sourceOf(folder: FolderFacts): Promise<FeatureSource> {
  const { count, width, kind } = folder;
  if (count * width * 4 > AT_HAND)
    return { count, width, kind, rows: (from, to) => rowsOf(folder, from, to) };
  const values = new Float32Array(count * width);
  for (let from = 0; from < count; from += READ_BLOCK)
    values.set(await rowsOf(folder, from, Math.min(count, from + READ_BLOCK)), from * width);
  return featureRows(values, width, kind);
}

function bytesOf({ source, places }: FolderBasis): number {
  const features = source.count * source.width * 4;
  return places.unit.byteLength + places.projected.byteLength + (features > AT_HAND ? 0 : features);
}

async function basisOf(folder: FolderFacts, work: Work): Promise<FolderBasis> {
  const key = `${folder.targetCount} ${folder.key}`;
  const known = bases.get(key);
  bases.delete(key);
  if (!known) {
    let room = KEPT_BYTES;
    for (const [one, basis] of [...bases].reverse().slice(0, KEPT - 1)) {
      room -= bytesOf(basis);
      if (room < folder.count * folder.width * 8) bases.delete(one);
    }
  }
  const basis = known ?? (await folderBasis(await sourceOf(folder), folder.targetCount, work));
  bases.set(key, basis);
  for (const oldest of [...bases.keys()].slice(0, -KEPT)) bases.delete(oldest);
  return basis;
}

interface Heard {
  readonly basis: FolderBasis;
  readonly settled: Settled;
  readonly work: Work;
}

async function prepare(
  { folder }: Pick<SettleWork, 'folder'>,
  { signal, report }: CallContext<number>,
): Promise<Pick<Heard, 'basis' | 'work'>> {
  if (signal.aborted) throw cancelled();
  opened ??= openProduct();
  const { product } = await opened;
  const work = { product, signal };
  const basis = await basisOf(folder, { ...work, report: (share) => report(share * BASIS_SHARE) });
  report(BASIS_SHARE);
  return { basis, work };
}

async function hear(asking: SettleWork, context: CallContext<number>): Promise<Heard> {
  const { folder, scores, labelled, balanced, sourceInformation } = asking;
  const { basis, work } = await prepare(asking, context);
  const settled = await settle(scores, folder.targetCount, basis, {
    ...work,
    labelled,
    balanced,
    sourceInformation,
  });
  return { basis, settled, work };
}

const starter = serveStarter<SettleApi, FeatureRowsApi>(
  {
    settle: (asking, context) =>
      turns.take(async () => {
        const { basis, settled, work } = await hear(asking, context);
        const { scores, information, evidence, guard, terms } = settled;
        const { folder, labelled } = asking;
        const doubtful = asking.doubts
          ? await doubtfulLabels(asking.scores, folder.targetCount, basis, labelled, work)
          : [];
        const kept = asking.terms ? { terms } : {};
        const trust = terms?.trust ?? 1;
        const answer = { scores, information, evidence, guard, trust, doubtful, ...kept };
        return moving(answer, [scores.buffer]);
      }),
    learn: ({ kind, measure, seen, groups, ...asking }, context) =>
      turns.take(async () => {
        const { basis, work } = await prepare(asking, context);
        const { folder, labelled: learn, ...facts } = asking;
        return learnHead(
          { kind, basis, targetCount: folder.targetCount, learn, measure, seen, groups, ...facts },
          work,
        );
      }),
    propose: ({ pool, known, count, ...asking }, context) =>
      turns.take(async () => {
        const { basis, settled, work } = await hear(asking, context);
        return propose(settled.scores, asking.folder.targetCount, basis, {
          ...work,
          pool,
          labelled: known,
          count,
        });
      }),
  },
  () =>
    turns.take(async () => {
      bases.clear();
      await (await opened)?.release();
    }),
);
