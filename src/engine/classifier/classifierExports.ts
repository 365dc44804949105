import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { withPaths } from '../../core/alignments/documentPaths.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { classifierMetadata } from '../../core/classifiers/classifierMetadata.ts';
import { checkClassifierOptions } from '../../core/classifiers/classifierOptions.ts';
import { type ClassifierMember, composeClassifier } from '../../core/classifiers/composeClassifier.ts';
import { cancelled, invalidArgument, SemapError, unsupportedModel } from '../../core/errors.ts';
import type { Graph } from '../../core/onnx/graph.ts';
import { phrase } from '../../core/text/text.ts';
import { isSameFile } from '../../files/fileState.ts';
import { temporaryFor, writeWhole } from '../../files/wholeFile.ts';
import type {
  ClassifierExportMethods,
  ExportClassifierParams,
  ExportClassifierProgress,
  ExportedClassifier,
} from '../../protocol/classifierExport.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';
import type { Backbones } from '../backbones/backbones.ts';
import { prepareBackbone } from '../classify/preparedAlignment.ts';
import { type Features, readFeatures, usable } from '../features/features.ts';
import type { DecodePool } from '../images/decodePool.ts';
import { appendOf } from '../models/addedOutputs.ts';
import { readModel } from '../models/modelFile.ts';
import type { BackboneServices } from '../services.ts';
import { compareClassifier } from './parity.ts';

interface Parts extends Pick<BackboneServices, 'backbones' | 'jobs' | 'outputs' | 'truths' | 'wordnet'> {
  readonly cacheFolder: string;
  readonly decode: DecodePool;
  readonly threads: number;
}

/** Writes classifiers as files that run without SeMap. */
export class ClassifierExports {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async export(
    params: ExportClassifierParams,
    { signal, report }: CallContext<ExportClassifierProgress>,
  ): Promise<ExportedClassifier> {
    const { options, alignment, file, isNew, version } = params;
    checkClassifierOptions(options);
    report({ step: 'reading' });
    const { cacheFolder, decode, threads } = this.#parts;
    const { backbone: joined, head } = await prepareBackbone(this.#parts, params);
    const backbones = joined.members ?? [joined];
    for (const { path: model } of backbones) if (await isSameFile(model, file)) throw isBackbone(file);
    const features = head?.reads === 'features' ? await featuresOf(cacheFolder, backbones) : undefined;
    const graphs: Graph[] = [];
    for (const [m, backbone] of backbones.entries()) {
      if (signal.aborted) throw cancelled();
      graphs.push(await readModel(backbone.path, appendOf(backbone, features?.[m].tap)));
    }
    const licences = backbones.map(({ license }) => license);
    const metadata = classifierMetadata({
      alignment,
      alignmentSha256: hashOf(alignment),
      backbones,
      licences,
      options,
      version,
    });
    const compose = (batch?: number) => {
      const members = backbones.map((backbone, m): ClassifierMember => {
        const own = features?.[m];
        return {
          backbone: { ...backbone, fixedBatch: backbone.fixedBatch ?? batch },
          graph: graphs[m],
          features: own && { output: own.tap.output, axis: own.tap.axis, width: own.width },
        };
      });
      return composeClassifier({ members, alignment, head, options, metadata });
    };
    report({ step: 'writing' });
    const folder = path.join(cacheFolder, 'exports');
    // What a killed engine leaves is swept away by its name.
    const trial = temporaryFor(path.join(folder, 'trial.onnx'));
    await mkdir(folder, { recursive: true });
    try {
      const compare = async (composed: ReturnType<typeof compose>) => {
        if (signal.aborted) throw cancelled();
        await writeWhole(trial, composed.bytes, { flush: false });
        report({ step: 'comparing' });
        const [batch] = composed.input.shape;
        return compareClassifier({
          backbones,
          features,
          alignment,
          head,
          options,
          file: trial,
          fixedBatch: typeof batch === 'number' ? batch : undefined,
          isQuantised:
            graphs.some(isQuantised) || backbones.some(({ input: { type } }) => type !== 'float32'),
          decode,
          threads,
          signal,
        });
      };
      let composed = compose();
      let found = await compare(composed);
      // Graphs whose first axis may be anything do not all mean it.
      if (found.agrees && !found.takesBatches && composed.input.shape[0] === 'N') {
        composed = compose(1);
        found = await compare(composed);
      }
      const { agrees, takesBatches: _, ...parity } = found;
      if (!agrees) throw disagrees(parity.largestDifference);
      if (signal.aborted) throw cancelled();
      await mustBeTheSame(this.#parts.backbones, backbones);
      await writeWhole(file, composed.bytes, { isNew: isNew === true });
      const { bytes, ...about } = composed;
      return {
        file,
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        ...about,
        labels: alignment.targets.map(({ label }) => label),
        parity,
        metadata,
      };
    } finally {
      await rm(trial, { force: true }).catch(() => {});
    }
  }
}

function isBackbone(file: string): SemapError {
  return invalidArgument(phrase('{0} is a backbone of this alignment and would be overwritten.', file), {
    hint: phrase('Choose another file.'),
  });
}

/** The file says of what it was made by hashes, and was made of what was there when it was read. */
async function mustBeTheSame(known: Backbones, backbones: readonly BackboneDescription[]): Promise<void> {
  const hashes = await known.hashes(backbones.map(({ path: model }) => model));
  const other = backbones.find(({ sha256 }, m) => hashes[m] !== sha256);
  if (other)
    throw new SemapError('not-found', phrase('{0} was replaced while it was in use.', other.path), {
      hint: phrase('Try again.'),
    });
}

function disagrees(difference: number): SemapError {
  return unsupportedModel(
    phrase(
      'The exported classifier gives other answers than SeMap: probabilities differ by up to {0}. The file was not kept.',
      difference.toFixed(3),
    ),
    { hint: phrase('Try another target, or a fixed size.') },
  );
}

async function featuresOf(
  cacheFolder: string,
  backbones: readonly BackboneDescription[],
): Promise<readonly Features[]> {
  const read = await Promise.all(backbones.map(async (one) => usable(await readFeatures(cacheFolder, one))));
  return read.map((one, m) => {
    if (one) return one;
    throw unsupportedModel(phrase('The features of {0} cannot be read.', backbones[m].name));
  });
}

function isQuantised({ nodes, constants }: Graph): boolean {
  return (
    nodes.some(({ op }) => /Quantize|QLinear|Integer/.test(op)) ||
    [...constants.values()].some(({ type }) => type === 'float16' || type === 'bfloat16')
  );
}

/** Of what decides in a document: where files are is left out. */
function hashOf(alignment: AlignmentDocument): string {
  const { folders: _, ...rest } = withPaths(alignment, () => '');
  return createHash('sha256').update(JSON.stringify(rest)).digest('hex');
}

/** The calls about exported classifiers, served by what `started` gives. */
export function classifierHandlers(started: () => ClassifierExports): Handlers<ClassifierExportMethods> {
  return { exportClassifier: (params, context) => started().export(params, context) };
}
