import { type AlignmentDocument, decidingLabel } from '../alignments/alignment.ts';
import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import type { BackboneSidecar } from '../backbones/backboneSidecar.ts';
import { pixelSpec } from '../images/preprocessing.ts';
import { say } from '../text/text.ts';
import { type ClassifierOptions, classifierTargets } from './classifierOptions.ts';
import { CLASSIFIER_DESCRIPTION } from './ownDescription.ts';

/** What a classifier is made of, for its metadata. */
export interface ClassifierOrigin {
  readonly alignment: AlignmentDocument;
  /** Of the alignment without its paths. */
  readonly alignmentSha256: string;
  /** With prompts in their inputs. */
  readonly backbones: readonly BackboneDescription[];
  /** Of each backbone; undefined where nothing says it. */
  readonly licences: readonly (string | undefined)[];
  readonly options: ClassifierOptions;
  /** Of SeMap. */
  readonly version: string;
}

/** The key and value pairs of a classifier's file. Nothing in it hangs on when or where it was made. */
export function classifierMetadata(origin: ClassifierOrigin): Record<string, string> {
  const { alignment, alignmentSha256, backbones, licences, options, version } = origin;
  const labels = JSON.stringify(alignment.targets.map(({ label }) => label));
  const stated = [...new Set(licences.filter((one) => one !== undefined))];
  const { threshold } = options;
  return {
    labels,
    ...(stated.length > 0 && { license: stated.join(', ') }),
    'semap.format': 'semap-classifier-1',
    'semap.version': version,
    'semap.form': classifierTargets[options.target].form,
    'semap.method': say(decidingLabel(alignment)),
    'semap.alignment.sha256': alignmentSha256,
    'semap.backbones': JSON.stringify(
      backbones.map(({ name, sha256, input }, at) => ({
        name,
        sha256,
        license: licences[at] ?? null,
        ...(input.prompt && { prompt: input.prompt.sha256 }),
      })),
    ),
    ...(alignment.head && {
      'semap.head': JSON.stringify({ kind: alignment.head.kind, sha256: alignment.head.sha256 }),
    }),
    ...(threshold !== undefined && { 'semap.threshold': String(threshold) }),
    'semap.input':
      'uint8 RGB, [N, H, W, 3], upright and in sRGB: resize, crop and scaling are in the graph. The JSON of "labels" is in the order of "probabilities".',
    [CLASSIFIER_DESCRIPTION]: JSON.stringify(describedAgain(origin)),
  };
}

/** How SeMap feeds the file as a backbone: in the size to which it would resize by itself, so that it does not resize again. */
function describedAgain({ alignment, backbones, options }: ClassifierOrigin): BackboneSidecar {
  const [{ input }] = backbones;
  const { preprocessing, height, width } = pixelSpec(input, input.prompt?.frame ?? 0);
  const { size } = preprocessing;
  const edge = 'shortestEdge' in size ? Math.max(size.shortestEdge, height, width) : undefined;
  const whole = edge === undefined && 'height' in size ? size : undefined;
  const geometry = options.size
    ? { size: options.size }
    : whole
      ? { size: { height: whole.height, width: whole.width } }
      : { size: { shortest_edge: edge! }, crop: { height: edge!, width: edge! } };
  return {
    labels: alignment.targets.map(({ label }) => label),
    output: 'probabilities',
    preprocessing: {
      ...geometry,
      resample: preprocessing.resample,
      rescale_factor: 1,
      image_mean: [0, 0, 0],
      image_std: [1, 1, 1],
      channels: 'rgb',
    },
  };
}
