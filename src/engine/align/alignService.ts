import { alignLabels, learnLabels } from '../../core/alignments/alignLabels.ts';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { targetLabelsOf } from '../../core/alignments/alignmentBuilding.ts';
import type { MeaningEdit } from '../../core/alignments/alignmentEdits.ts';
import { mustFit } from '../../core/alignments/alignmentFit.ts';
import type { LabelledSample } from '../../core/alignments/labelledSample.ts';
import { type LearningBackbone, learnTogether } from '../../core/alignments/learnTogether.ts';
import { joinAlignments } from '../../core/alignments/memberEdits.ts';
import { partDocument, partsOf, placeOfSource, sourceGroups } from '../../core/alignments/members.ts';
import { paramsOf, realigned, realignedParts } from '../../core/alignments/realign.ts';
import { checkSenses, type SenseOptions, sensesOf } from '../../core/alignments/senseOptions.ts';
import { comparedByOwnTexts, ownTexts } from '../../core/alignments/textLabels.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import type { BackboneSidecar } from '../../core/backbones/backboneSidecar.ts';
import { NO_LABELS } from '../../core/backbones/textSide.ts';
import { choiceOf } from '../../core/encoders/similarityChoice.ts';
import { SemapError } from '../../core/errors.ts';
import { kindsAbove } from '../../core/exports/sidecars/kindsAbove.ts';
import { mustBeComparable } from '../../core/labels/labelEntry.ts';
import type { LabelSpace } from '../../core/labels/labelSpace.ts';
import { suggestedLabels } from '../../core/labels/suggestedLabels.ts';
import { readTargets, type TargetList } from '../../core/labels/targetLabels.ts';
import { isLearned, needsImages } from '../../core/mapping/methods.ts';
import type { Comparison } from '../../core/similarity/similarity.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { mustBeFolder } from '../../files/folders.ts';
import type {
  AlignmentMethods,
  AlignParams,
  ClassFolder,
  LabelMeaning,
  LabelSuggestions,
  SimilarityView,
} from '../../protocol/alignments.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';
import { backboneRefOf } from '../backbones/backboneRef.ts';
import { joinedBackbone } from '../backbones/joinedBackbone.ts';
import { openPool } from '../classify/joinedPool.ts';
import { sampleOutputs } from '../classify/sampleOutputs.ts';
import type { EncodeLabelsOptions } from '../encoders/encoders.ts';
import { drawSample } from '../folders/imageSample.ts';
import { noImages } from '../folders/passedOverList.ts';
import type { BackboneServices } from '../services.ts';
import { classesOf } from '../truths/classesOf.ts';
import { askTexts } from './askTexts.ts';
import { drawLabelledSample } from './drawLabelledSample.ts';
import type { Similarities } from './similarities.ts';

/** Images that labels are suggested from. */
const SUGGESTED_FROM = 200;

type AlignContext = CallContext<AlignmentMethods['align']['progress']>;

interface Parts extends BackboneServices {
  readonly similarities: Similarities;
}

/** What the engine does with label lists and alignment documents. */
export class AlignService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async kindsAbove(senses: readonly string[]): Promise<readonly (readonly string[])[]> {
    return kindsAbove(await this.#parts.wordnet(), senses);
  }

  async readLabels(names: readonly string[]): Promise<TargetList> {
    return readTargets(names, await this.#parts.wordnet());
  }

  async listClasses({
    folder,
    ...options
  }: AlignmentMethods['listClasses']['params']): Promise<readonly ClassFolder[]> {
    await mustBeFolder(folder);
    const folders = await classesOf(folder, this.#parts.truths, options);
    if (folders.length === 0) return [];
    const wordnet = await this.#parts.wordnet();
    const names = folders.map(({ name }) => name);
    const { targets } = readTargets(names, wordnet);
    // One target per folder, unless names differ in outer spaces only.
    return folders.map(({ name, ...held }, i) => {
      const { name: label, sense } =
        targets.length === names.length ? targets[i] : { name, sense: undefined };
      return { label, sense, ...held };
    });
  }

  async suggestLabels(
    params: AlignmentMethods['suggestLabels']['params'],
    { signal, report }: CallContext<AlignmentMethods['suggestLabels']['progress']>,
  ): Promise<LabelSuggestions> {
    const { folders, images = SUGGESTED_FROM } = params;
    const backbone = await this.#parts.backbones.describe(params.backbone, params.sidecar);
    if (backbone.text) throw noOwnLabels(backbone.name);
    await Promise.all(folders.map(mustBeFolder));
    const size = { perClass: images, total: images };
    const sample = await drawSample(params, {
      sizes: [size, size],
      seed: 0,
      truthOf: () => undefined,
      signal,
    });
    const total = sample.images.length;
    if (total === 0) throw noImages(folders);
    const loan = this.#parts.pools.loan();
    let done = 0;
    try {
      const { logits, skipped } = await sampleOutputs({
        images: sample.images,
        outputs: await this.#parts.outputs.open(backbone),
        features: undefined,
        open: () => loan.open(backbone),
        onImage: () => report({ done: ++done, total }),
        signal,
      });
      if (logits.length === 0)
        throw new SemapError('no-images', phrase('None of the {0} sampled images can be read.', total));
      const labels = suggestedLabels(logits, backbone.labelSpace, await this.#parts.wordnet());
      return { labels, images: total - skipped.length, found: sample.found, skipped };
    } finally {
      loan.release();
    }
  }

  /** Of several backbones one after the other, or, where images teach them, together. */
  async align(params: AlignParams, context: AlignContext): Promise<AlignmentDocument> {
    const { beside = [], method, ...own } = params;
    const asked: AlignParams[] = [
      { ...own, method },
      ...beside.map((backbone) => ({ ...own, method, backbone, sidecar: undefined })),
    ];
    if (isLearned(method)) {
      const backbones: LearningBackbone[] = [];
      for (const one of asked) backbones.push(await this.#compare(one, context));
      const joined = joinedBackbone(backbones.map(({ backbone }) => backbone));
      const sample = await this.#labelled(params, joined, context);
      const { signal } = context;
      if (beside.length > 0) return learnTogether({ ...own, method }, backbones, sample, { signal });
      const [{ backbone, path, compared }] = backbones;
      return learnLabels({ ...own, method }, backbone, path, compared, sample, { signal });
    }
    const documents: AlignmentDocument[] = [];
    for (const one of asked) {
      const { backbone, path, compared } = await this.#compare(one, context);
      documents.push(alignLabels(one, backbone, path, compared));
    }
    return joinAlignments(documents);
  }

  async #compare(params: AlignParams, { signal, report }: AlignContext): Promise<LearningBackbone> {
    const backbone = await this.#parts.backbones.describe(params.backbone, params.sidecar);
    const options = { signal, onProgress: report };
    checkSenses(params.targets, await this.#parts.wordnet());
    if (backbone.text) return this.#compareTexts(params, backbone, options);
    const installed = await this.#parts.backbones.isInstalled(backbone.path);
    const { similarity: choice = { name: 'wordnet' }, targets } = params;
    mustBeComparable(targets.length, backbone.labelSpace.labels.length);
    const compared = await this.#parts.similarities.compared(choice, targets, backbone.labelSpace, options);
    return { backbone, path: installed ? undefined : backbone.path, compared };
  }

  /** A dual encoder is asked for the labels themselves. */
  async #compareTexts(
    { targets, similarity, texts }: AlignParams,
    described: BackboneDescription,
    options: EncodeLabelsOptions,
  ): Promise<LearningBackbone> {
    const { backbones, similarities } = this.#parts;
    const templates = similarity?.templates ?? texts?.templates;
    const asked = { targets, templates, before: texts?.labels };
    const compare = similarities.byWordNet.bind(similarities);
    const { backbone, comparison } = await askTexts(backbones, compare, described, asked, options);
    const installed = await backbones.isInstalled(backbone.path);
    return {
      backbone,
      path: installed ? undefined : backbone.path,
      compared: { comparison, wordnet: comparison, adaptive: {} },
    };
  }

  /** What a learned method learns from. */
  async #labelled(
    { method, labelled, targets }: AlignParams,
    backbone: BackboneDescription,
    { signal, report }: AlignContext,
  ): Promise<LabelledSample> {
    if (!labelled || labelled.folders.length === 0) {
      throw needsImages(method);
    }
    await Promise.all(labelled.folders.map(mustBeFolder));
    const { pools, outputs, truths, wordnet } = this.#parts;
    const loan = pools.loan();
    try {
      return await drawLabelledSample({
        labelled,
        targets,
        backbone,
        wordnet: await wordnet(),
        truths,
        cache: await outputs.open(backbone),
        open: () => openPool(loan, outputs, backbone, undefined),
        signal,
        report: (done, total) => report({ done, total, what: 'images' }),
      });
    } finally {
      loan.release();
    }
  }

  async senses(alignment: AlignmentDocument, target: number): Promise<SenseOptions> {
    const { labelSpace } = await this.#backboneOf(alignment);
    return sensesOf(
      alignment,
      target,
      labelSpace,
      await this.#parts.similarities.wordnet(),
      await this.#parts.wordnet(),
    );
  }

  async realign(
    alignment: AlignmentDocument,
    edit: MeaningEdit,
    context: AlignContext,
  ): Promise<AlignmentDocument> {
    return realignedParts(alignment, edit, async (part, its) => {
      const backbone = await this.#fittingBackbone(part);
      return realigned(part, its, (document, similarity) =>
        this.align(
          { ...paramsOf(document, similarity), backbone: backbone.path, texts: part.backbone.texts },
          context,
        ),
      );
    });
  }

  async similarities(alignment: AlignmentDocument, sidecar?: BackboneSidecar): Promise<SimilarityView> {
    const wordnet = await this.#parts.similarities.wordnet();
    const views: SimilarityView[] = [];
    for (const at of partsOf(alignment).keys()) {
      const part = partDocument(alignment, at);
      const { labelSpace } = await this.#fittingBackbone(part, at === 0 ? sidecar : undefined);
      const { values, meanings } = await this.#compared(part, labelSpace);
      const sources = labelSpace.labels.map(({ name, wnid }) => ({ name, wnid }));
      views.push({
        sources,
        values,
        treeOrder: wordnet.treeOrder(labelSpace),
        kinds: meanings?.descendants,
      });
    }
    return views.length === 1 ? views[0] : sideBySide(views, alignment.targets.length);
  }

  async meanings(alignment: AlignmentDocument, sidecar?: BackboneSidecar): Promise<readonly LabelMeaning[]> {
    const { labelSpace } = await this.#backboneOf(alignment, sidecar);
    const { similarities } = this.#parts;
    const { texts } = alignment.backbone;
    const { meanings } = await similarities.byWordNet(
      targetLabelsOf(alignment),
      texts ? NO_LABELS : labelSpace,
    );
    return alignment.targets.map((_, t) => ({
      senses: (meanings?.senses[t] ?? []).map(({ phrase, key, gloss }) => ({ phrase, key, gloss })),
      notes: meanings?.notes[t] ?? [],
    }));
  }

  async explain(alignment: AlignmentDocument, target: number, source: number): Promise<readonly Text[]> {
    const { member, index } = placeOfSource(sourceGroups(alignment), source);
    const part = partDocument(alignment, member);
    const { labelSpace } = await this.#fittingBackbone(part);
    if (!part.targets[target] || !labelSpace.labels[index]) {
      throw new SemapError(
        'invalid-argument',
        phrase('The alignment has no cell of target {0} and source {1}.', String(target), String(source)),
      );
    }
    return (await this.#compared(part, labelSpace)).explain(target, index);
  }

  async #compared(alignment: AlignmentDocument, labelSpace: LabelSpace): Promise<Comparison> {
    const targets = targetLabelsOf(alignment);
    const { similarities } = this.#parts;
    const { texts } = alignment.backbone;
    if (texts) {
      const wordnet = await similarities.byWordNet(targets, NO_LABELS);
      return comparedByOwnTexts(ownTexts(targets, wordnet.roles, texts.labels), wordnet);
    }
    return (await similarities.compared(choiceOf(alignment.method), targets, labelSpace)).comparison;
  }

  #backboneOf(alignment: AlignmentDocument, sidecar?: BackboneSidecar): Promise<BackboneDescription> {
    return this.#parts.backbones.describeFor(alignment, backboneRefOf(alignment), sidecar);
  }

  /**
   * The same where its labels are told by their indices in the document.
   * @throws {SemapError} `labels-mismatch` where it has other labels now: they would be shown as the document's
   */
  async #fittingBackbone(
    alignment: AlignmentDocument,
    sidecar?: BackboneSidecar,
  ): Promise<BackboneDescription> {
    const backbone = await this.#backboneOf(alignment, sidecar);
    mustFit(alignment, backbone);
    return backbone;
  }
}

/** What a dual encoder sees is said in the labels that it is asked for. */
function noOwnLabels(name: string): SemapError {
  return new SemapError(
    'invalid-argument',
    phrase('{0} has no labels of its own that it could suggest.', name),
    { hint: phrase('Suggest labels with a backbone that has some, or give the labels yourself.') },
  );
}

/** What several backbones have of the same targets, their sources one after the other. */
function sideBySide(views: readonly SimilarityView[], targetCount: number): SimilarityView {
  const sources = views.flatMap((view) => view.sources);
  const values = new Float32Array(targetCount * sources.length);
  const treeOrder = new Uint32Array(sources.length);
  const kinds: number[][] = Array.from({ length: targetCount }, () => []);
  let from = 0;
  for (const view of views) {
    const { length } = view.sources;
    for (let t = 0; t < targetCount; t++) {
      values.set(view.values.subarray(t * length, (t + 1) * length), t * sources.length + from);
      for (const source of view.kinds?.[t] ?? []) kinds[t].push(from + source);
    }
    treeOrder.set(
      view.treeOrder.map((source) => from + source),
      from,
    );
    from += length;
  }
  return { sources, values, treeOrder, kinds };
}

/** The calls about alignments, served by what `started` gives. */
export function alignHandlers(started: () => AlignService): Handlers<AlignmentMethods> {
  return {
    readLabels: ({ names }) => started().readLabels(names),
    listClasses: (params) => started().listClasses(params),
    suggestLabels: (params, context) => started().suggestLabels(params, context),
    align: (params, context) => started().align(params, context),
    senses: ({ alignment, target }) => started().senses(alignment, target),
    kindsAbove: ({ senses }) => started().kindsAbove(senses),
    realign: ({ alignment, edit }, context) => started().realign(alignment, edit, context),
    similarities: ({ alignment, sidecar }) => started().similarities(alignment, sidecar),
    meanings: ({ alignment, sidecar }) => started().meanings(alignment, sidecar),
    explain: ({ alignment, target, source }) => started().explain(alignment, target, source),
  };
}
