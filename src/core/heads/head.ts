import type { AlignmentDocument, HeadKind } from '../alignments/alignment.ts';
import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import { SemapError } from '../errors.ts';
import { phrase, type Text } from '../text/text.ts';
import { plainProduct } from '../work.ts';
import { softmaxRows } from './evidence.ts';
import { centre, evenOut, type FeatureKind, normalise } from './features.ts';
import type { HeadContent, LinearTerms } from './headFile.ts';
import { SHARPNESS } from './settle.ts';
import { bounded, type MixtureTerms } from './terms.ts';

/** What a backbone and the mapping say of some images. */
export interface HeadInputs {
  /** Row-major [n, S]. */
  readonly logits: Float32Array;
  /** Penultimate features, row-major [n, D]; only heads that read logits do without. NaN: nothing is decided. */
  readonly features?: Float32Array | undefined;
  /** Scores of the mapping, row-major [n, T]; -Infinity for a target without sources. */
  readonly mapped: Float32Array;
}

/** What decides in the place of the mapping, for the targets of one document. */
export interface Head {
  readonly kind: HeadKind;
  readonly reads: FeatureKind;
  /** Targets of the document that it was not learned with. */
  readonly unknown: readonly string[];
  /** What it was learned to be, and per target of the document its row there, -1 where it has none. */
  readonly terms: HeadContent['terms'];
  readonly rows: Int32Array;
  /** Row-major [n, T], in the document's order; may be read as log-probabilities but for a constant. */
  score(inputs: HeadInputs, count: number): Float32Array;
}

/** Images whose features are there in another form at once. */
const BLOCK = 256;

/**
 * The head of a document for its targets, matched by name: one that was renamed is known by the name that it had, one that
 * was added since has no score of the head; the mixture leaves it to the mapping.
 * @param name of the head's file
 * @param featureWidth of the backbone; undefined where its features cannot be read
 * @throws {SemapError} `labels-mismatch` when it was learned with another backbone, prompt or labels
 */
export function headFor(
  { targets }: Pick<AlignmentDocument, 'targets'>,
  content: HeadContent,
  name: string,
  backbone: BackboneDescription,
  featureWidth: number | undefined,
): Head {
  mustFitBackbone(content, name, backbone, featureWidth);
  const places = new Map<string, number[]>();
  for (const [row, label] of content.targets.entries())
    places.set(label, [...(places.get(label) ?? []), row]);
  const rows = Int32Array.from(targets, ({ label, learnedAs = label }) => {
    const found = places.get(learnedAs) ?? [];
    // Labels that stand twice are learned twice.
    return (found.length > 1 ? found.shift() : found[0]) ?? -1;
  });
  if (rows.every((row) => row < 0)) {
    throw misfit(phrase('The head {0} was learned with none of the labels of the alignment.', name));
  }
  const { kind, terms } = content;
  return {
    kind,
    reads: 'projection' in terms ? terms.projection.kind : terms.reads,
    unknown: targets.filter((_, t) => rows[t] < 0).map(({ label }) => label),
    terms,
    rows,
    score: (inputs, count) =>
      'projection' in terms ? byTerms(terms, rows, inputs, count) : byLayer(terms, rows, inputs, count),
  };
}

function mustFitBackbone(
  { backbone: learnedWith, prompt, terms }: HeadContent,
  name: string,
  backbone: BackboneDescription,
  featureWidth: number | undefined,
): void {
  const [reads, width] =
    'projection' in terms
      ? [terms.projection.kind, terms.projection.mean.length]
      : [terms.reads, terms.width];
  if (learnedWith !== backbone.sha256)
    throw misfit(phrase('The head {0} was learned with another backbone than {1}.', name, backbone.name));
  if (prompt !== (backbone.input.prompt?.sha256 ?? ''))
    throw misfit(phrase('The head {0} was learned with another visual prompt than the alignment has.', name));
  const sources = backbone.labelSpace.labels.length;
  if (reads === 'features' && featureWidth === undefined)
    throw misfit(
      phrase('The head {0} needs penultimate features, which {1} does not give.', name, backbone.name),
    );
  const given = reads === 'features' ? featureWidth : sources;
  if (width !== given)
    throw misfit(
      phrase(
        'The head {0} is for {1} numbers per image, but {2} gives {3}.',
        name,
        width,
        backbone.name,
        given!,
      ),
    );
}

function misfit(message: Text): SemapError {
  return new SemapError('labels-mismatch', message, {
    hint: phrase('Learn the head again, or remove "head" from the alignment.'),
  });
}

/** Numbers of n images that a head reads. */
function inputOf(reads: FeatureKind, { logits, features }: HeadInputs): Float32Array {
  const values = reads === 'logits' ? logits : features;
  if (!values) throw new Error('A head on features was given none.');
  return values;
}

/** W x + b. */
function byLayer(
  { reads, width, weights, bias }: LinearTerms,
  rows: Int32Array,
  inputs: HeadInputs,
  count: number,
) {
  const T = rows.length;
  const out = new Float32Array(count * T).fill(Number.NEGATIVE_INFINITY);
  const known = bias.length;
  const scores = plainProduct(inputOf(reads, inputs).subarray(0, count * width), weights, width);
  for (let i = 0; i < count; i++) {
    for (let t = 0; t < T; t++) {
      const row = rows[t];
      if (row >= 0) out[i * T + t] = scores[i * known + row] + bias[row];
    }
  }
  return out;
}

/** What {@link MixtureTerms} say, without waiting, as probabilities are shown; see scoreByTerms. */
function byTerms(terms: MixtureTerms, rows: Int32Array, inputs: HeadInputs, count: number): Float32Array {
  const T = rows.length;
  const {
    targetCount: known,
    projection,
    residual,
    mixing,
    evidence,
    trust,
    bias,
    weights,
    offsets,
    floor,
  } = terms;
  const { mean, directions, kind } = projection;
  const width = mean.length;
  const d = directions.length / width;
  const values = inputOf(kind, inputs);
  const out = new Float32Array(count * T);
  for (let from = 0; from < count; from += BLOCK) {
    const to = Math.min(count, from + BLOCK);
    const unit = values.slice(from * width, to * width);
    evenOut(unit, width, kind);
    centre(unit, mean);
    const projected = evidence > 0 && d > 0 ? plainProduct(unit, directions, width) : undefined;
    if (projected) normalise(projected, d);
    normalise(unit, width);
    const learned = residual && plainProduct(unit, residual, width);
    const likelihoods = projected && plainProduct(projected, weights, d);
    const mixed = mixing && plainProduct(probabilities(inputs.mapped, rows, known, from, to), mixing, known);
    const mapped = bounded(inputs.mapped.slice(from * T, to * T), T, floor);
    for (let i = from; i < to; i++) {
      if (Number.isNaN(values[i * width])) {
        out.fill(Number.NaN, i * T, (i + 1) * T);
        continue;
      }
      for (let t = 0; t < T; t++) {
        const score = trust === 0 ? 0 : trust * mapped[(i - from) * T + t];
        const row = rows[t];
        const at = (i - from) * known + row;
        const more =
          row < 0
            ? trust === 0
              ? Number.NEGATIVE_INFINITY
              : 0
            : (learned?.[at] ?? 0) +
              (mixed?.[at] ?? 0) +
              bias[row] +
              evidence * ((likelihoods?.[at] ?? 0) + offsets[row]);
        out[i * T + t] = (score + more) / (evidence > 0 ? SHARPNESS : 1);
      }
    }
  }
  return out;
}

/** The mapping's probabilities of the targets that a head knows, row-major [to - from, known]. */
function probabilities(mapped: Float32Array, rows: Int32Array, known: number, from: number, to: number) {
  const T = rows.length;
  const out = new Float32Array((to - from) * known).fill(Number.NEGATIVE_INFINITY);
  for (let i = from; i < to; i++) {
    for (let t = 0; t < T; t++) if (rows[t] >= 0) out[(i - from) * known + rows[t]] = mapped[i * T + t];
  }
  return softmaxRows(out, known);
}
