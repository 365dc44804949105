import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import type { Prediction } from '../../../../src/core/evidence/imageScorer.ts';
import { verbatim } from '../../../../src/core/text/text.ts';
import { ClassifyRun } from '../../../../src/host/results/classifyRun.ts';
import type { FolderLabels } from '../../../../src/host/results/settlings.ts';
import type { Engine } from '../../../../src/host/supervisor/engineClient.ts';
import type { ClassifyProgress, ClassifyResult } from '../../../../src/protocol/classification.ts';
import type { CallOptions } from '../../../../src/protocol/rpc.ts';
import type { SettleResult } from '../../../../src/protocol/settling.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { measuredOnAll } from '../../measuredOn.ts';

export const alignment = alignmentOf(
  5,
  ['cat', '=cmd()'].map((label) => target(label, source(3, 1, 0.9, 'tabby'))),
  {
    backbone: { name: 'tiny', sha256: 'abc', labelSpace: 'l', sourceCount: 5 },
    method: { name: 'semap-k', similarity: 'wordnet', k: 2 },
  },
);

const fired = [{ source: 3, probability: 0.5 }];

const predictions: Prediction[] = [
  { path: '/photos/cat/1.jpg', target: 0, confidence: 0.9, truth: 0, fired },
  { path: '/photos/cat/2.jpg', target: 1, confidence: 0.4, truth: 0, fired },
  { path: '/photos/3.jpg', target: 0, confidence: 0.5, truth: -1, fired },
];

const skipped = [{ path: '/photos/broken.png', reason: verbatim('The file is empty.') }];

const progress: ClassifyProgress = {
  total: 4,
  listed: true,
  done: 4,
  cached: 0,
  predictions,
  skipped,
  imagesPerSecond: 10,
};

const result: ClassifyResult = {
  images: 3,
  skipped,
  passedOver: { counts: { raw: 1200 }, files: [{ path: '/photos/cat/1.dng', kind: 'raw' }] },
  accuracy: 0.5,
  measuredOn: measuredOnAll(2),
  balancedAccuracy: 0.5,
  perClass: [],
  backbone: { name: 'tiny', sha256: 'abc' },
  method: alignment.method,
  device: { provider: 'cpu', name: 'CPU', why: verbatim('no other') },
  seconds: 0.3,
  cancelled: false,
};

/** An engine that answers by hand; what is not in `answers` fails. */
export function fakeEngine(
  answers: Record<string, (params: never, options?: CallOptions<never>) => unknown>,
): Engine {
  return {
    call: (async (method: string, params: never, options?: CallOptions<never>) => {
      const answer = answers[method];
      if (!answer) throw new Error(`The fake engine has no ${method}.`);
      return answer(params, options);
    }) as Engine['call'],
  };
}

export function newRun(document: AlignmentDocument = alignment): ClassifyRun {
  return new ClassifyRun({
    params: { folders: ['/photos'], backbone: 'tiny', alignment: document },
    backbone: 'tiny',
    alignmentPath: '/work/pets.semap.json',
  });
}

/**
 * Three images, one of them wrong and one without a truth, and one file that could not be read.
 * @param sources what the engine calls the source labels
 */
export async function finishedRun(
  sources: readonly string[] | undefined = ['a', 'b', 'c', 'tabby', 'e'],
  document: AlignmentDocument = alignment,
): Promise<ClassifyRun> {
  const run = newRun(document);
  await run.start(
    fakeEngine({
      classify: (_, options) => {
        options?.onProgress?.({ ...progress, sources } as never);
        return result;
      },
    }),
  );
  return run;
}

/** Folders whose images have no labels. */
export const noLabels = (): FolderLabels => ({
  ready: Promise.resolve(),
  counts: { labelled: 0, accepted: 0, none: 0, labels: new Map() },
  of: () => undefined,
  onDidChange: () => ({ dispose() {} }),
  dispose() {},
});

/** In the order of the folders, which is another one than that of the run. */
const settlePaths = ['/photos/3.jpg', '/photos/cat/1.jpg', '/photos/cat/2.jpg'];

const answerFigures = {
  accuracy: 1,
  measuredOn: measuredOnAll(2),
  balancedAccuracy: 1,
  perClass: [],
};

/** What the engine settles of {@link finishedRun}. */
export function settleResult(more: Partial<SettleResult> = {}): SettleResult {
  return {
    order: 'a',
    paths: settlePaths,
    targets: Int32Array.of(1, 0, 0),
    confidences: Float32Array.of(0.5, 0.5, 0.5),
    plainTargets: Int32Array.of(0, 0, 1),
    plainConfidences: Float32Array.of(0.5, 0.5, 0.5),
    given: Int32Array.of(-1, -1, -1),
    labelNotes: { unknown: [], gone: [], goneCount: 0, contradictory: 0, problems: [] },
    truths: Int32Array.of(-1, 0, 0),
    settled: true,
    kind: 'features',
    information: 0.43,
    evidence: 1,
    guard: 1,
    changed: 2,
    shares: Float64Array.of(0.67, 0.33),
    plainShares: Float64Array.of(0.67, 0.33),
    learned: 0,
    held: 0,
    doubtful: [],
    figures: answerFigures,
    plainFigures: answerFigures,
    unseen: 0,
    seconds: 0.1,
    ...more,
  };
}

/** An alignment document that `tell` changes; undefined when it is deleted. */
export function watched(document: AlignmentDocument | undefined) {
  const listeners: (() => void)[] = [];
  const file = {
    wasRead: true,
    current: document && { forEngine: document },
    onDidChange: (listener: () => void) => {
      listeners.push(listener);
      return { dispose() {} };
    },
    read: async () => {},
    dispose: () => listeners.splice(0),
    tell: (next: AlignmentDocument | undefined) => {
      file.current = next && { forEngine: next };
      for (const listener of listeners) listener();
    },
  };
  return file;
}
