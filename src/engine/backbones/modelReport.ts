import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BackboneSidecar } from '../../core/backbones/backboneSidecar.ts';
import { inputSpec, type MissingField } from '../../core/backbones/inputSpec.ts';
import {
  fileProblems,
  type ModelOutline,
  outlineOf,
  shownOutline,
} from '../../core/backbones/modelOutline.ts';
import { partsOf, type StatedBy } from '../../core/backbones/readers/readers.ts';
import { problemOf } from '../../core/errors.ts';
import type { InputSpec } from '../../core/images/preprocessing.ts';
import { readableSkeleton } from '../../core/onnx/modelSkeleton.ts';
import { readOutputClues } from '../../core/onnx/outputClues.ts';
import type { ModelProto } from '../../core/onnx/protobuf/schema.ts';
import { phrase, shorten } from '../../core/text/text.ts';
import { isWithin } from '../../files/paths.ts';
import type {
  BackboneInspection,
  BackboneMethods,
  ModelFileOutline,
  ModelReport,
} from '../../protocol/backbones.ts';
import type { Devices } from '../inference/devices.ts';
import { checkModelFile } from '../models/modelFile.ts';
import { readModelSkeleton } from '../models/skeletonFile.ts';
import type { DetailReader } from './backboneDetails.ts';
import type { Backbones } from './backbones.ts';
import type { LabelSpaces } from './labelSpaces.ts';
import { licenceOf } from './licences.ts';
import { readSidecar, sidecarFile } from './modelPapers.ts';

interface Parts {
  readonly backbones: Pick<Backbones, 'inspectUnloaded' | 'sha256'>;
  readonly labelSpaces: LabelSpaces;
  readonly details: Pick<DetailReader, 'recall'>;
  readonly devices: Pick<Devices, 'known'>;
}

/** Labels that are told where nobody asks for more; the others are counted. */
const FIRST = 20;
/** Files of weights that are looked for: models with more are of another kind. */
const MOST_FILES = 100;
/** Of one. */
const LONGEST_NAME = 200;

/**
 * What can be said of a model without loading it.
 * @param tell is told what the file says before it is recognized, which takes long where it is large
 * @throws {SemapError} `not-found`, `lfs-pointer`, `not-onnx`, `unsupported-model` for what is no model
 */
export async function reportModel(
  { file, mostLabels = FIRST }: BackboneMethods['reportModel']['params'],
  parts: Parts,
  tell: (outline: ModelFileOutline) => void,
): Promise<ModelReport> {
  const { bytes } = await checkModelFile(file);
  const skeleton = await readModelSkeleton(file);
  const whole = outlineOf(skeleton);
  const outline = await withFiles(file, whole, bytes);
  tell(outline);
  const sha256 = await parts.backbones.sha256(file);
  let inspection: BackboneInspection;
  try {
    inspection = await parts.backbones.inspectUnloaded(file, skeleton, whole);
  } catch (error) {
    const licence = await licenceOf(file, undefined);
    return { outline, sha256, problem: problemOf(error), origins: [], licence };
  }
  const { known, name } = inspection;
  const details = await parts.details.recall(file, inspection);
  return {
    outline,
    sha256,
    inspection,
    labels:
      known.labels === undefined
        ? undefined
        : await labelsOf(known.labels, name, parts.labelSpaces, mostLabels),
    input: preparedInput(inspection),
    origins: await originsOf(file, inspection, skeleton),
    licence: await licenceOf(file, known.license),
    details: details && { ...details, devices: await parts.devices.known(sha256) },
  };
}

async function withFiles(file: string, outline: ModelOutline, bytes: number): Promise<ModelFileOutline> {
  const folder = await realpath(path.dirname(file));
  const weightFiles = await Promise.all(
    outline.external.slice(0, MOST_FILES).map(async (name) => {
      // What a link leads to elsewhere is not of this model, and is not loaded.
      const real = await realpath(path.join(folder, name)).catch(() => undefined);
      const state =
        real !== undefined && isWithin(real, folder) ? await stat(real).catch(() => undefined) : undefined;
      return { name: shorten(name, LONGEST_NAME), bytes: state?.isFile() ? state.size : null };
    }),
  );
  return { ...shownOutline(outline), bytes, weightFiles, problems: fileProblems(bytes, weightFiles) };
}

async function labelsOf(
  labels: string | readonly string[],
  backbone: string,
  spaces: LabelSpaces,
  most: number,
): Promise<ModelReport['labels']> {
  const space = await spaces.read(labels, backbone).catch(() => undefined);
  return (
    space && {
      name: space.name,
      count: space.labels.length,
      first: space.labels.slice(0, most).map((label) => label.name),
    }
  );
}

const PREPARING: readonly MissingField[] = [
  'size',
  'rescale_factor',
  'image_mean',
  'image_std',
  'channels',
  'layout',
];

function preparedInput({ input, known, missing, name }: BackboneInspection): InputSpec | undefined {
  if (missing.some((field) => PREPARING.includes(field))) return undefined;
  try {
    return inputSpec(input, known.preprocessing ?? {}, name);
  } catch {
    // What does not fit the graph is told when the backbone is described.
    return undefined;
  }
}

/** Who says which part of what is known: programs, the graph, the file that a person wrote, or what SeMap was told. */
async function originsOf(
  file: string,
  { known, stated }: BackboneInspection,
  skeleton: ModelProto,
): Promise<readonly StatedBy[]> {
  const beside = await readSidecar(file).catch(() => undefined);
  const written = beside ? partsOf(beside) : [];
  const origins: StatedBy[] = [...stated];
  if (written.length > 0)
    origins.push({ from: phrase('{0}', path.basename(sidecarFile(file))), parts: written });
  const told = () => origins.flatMap(({ parts }) => parts);
  if (known.labels && !told().includes('labels') && isInGraph(known.labels, skeleton))
    origins.push({ from: phrase('the graph'), parts: ['labels'] });
  const rest = partsOf(known).filter((part) => !told().includes(part));
  if (rest.length > 0) origins.push({ from: phrase('what you told SeMap'), parts: rest });
  return origins;
}

function isInGraph(labels: BackboneSidecar['labels'], skeleton: ModelProto): boolean {
  try {
    const { candidates } = readOutputClues(readableSkeleton(skeleton));
    return candidates.some((one) => one.labels && String(one.labels) === String(labels));
  } catch {
    return false;
  }
}
