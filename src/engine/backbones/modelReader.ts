import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { GraphFacts } from '../../core/backbones/backboneDescription.ts';
import { type BackboneSidecar, mergeSidecars } from '../../core/backbones/backboneSidecar.ts';
import {
  chooseOutput,
  countOf,
  needsClues,
  type OutputChoice,
  type ScorePlace,
} from '../../core/backbones/classOutput.ts';
import { extraInputs, unsaidInputs } from '../../core/backbones/extraInputs.ts';
import { guessBackbone } from '../../core/backbones/guess.ts';
import { type ImageInput, OPEN_SIZE, readImageInput } from '../../core/backbones/imageInput.ts';
import { inputSpec, type MissingField, missingFields } from '../../core/backbones/inputSpec.ts';
import { unguessable } from '../../core/backbones/likelyLabels.ts';
import { outputNote } from '../../core/backbones/outputNotes.ts';
import { readStated, type Stated, statedIn } from '../../core/backbones/readers/readers.ts';
import { ownDescription } from '../../core/classifiers/ownDescription.ts';
import type { BackboneInspection } from '../../protocol/backbones.ts';
import { fittingLabels, otherTask, unfittingLists } from './descriptionProblems.ts';
import type { LabelSpaces } from './labelSpaces.ts';
import { modelClues } from './modelClues.ts';
import { labelListsBeside, papersBeside } from './modelPapers.ts';
import {
  type ModelProbe,
  type ProbedInput,
  type ProbedModel,
  type RunFacts,
  readingOf,
} from './modelProbe.ts';
import { settleOpenInput } from './openInput.ts';
import { absoluteLabels, type SaidDescriptions } from './saidDescriptions.ts';
import { dualEncoderBeside } from './textSides.ts';

interface Options {
  readonly cacheFolder: string;
  readonly labelSpaces: LabelSpaces;
  readonly probe: ModelProbe;
  readonly said: SaidDescriptions;
  /** What a file is called. */
  readonly nameOf: (file: string) => string;
}

/** What shows the graph of a model, and perhaps runs it. */
export interface ModelSight extends Pick<ModelProbe, 'facts' | 'clues'> {
  /** Whether it runs graphs; otherwise it only tells of earlier runs. */
  readonly runs: boolean;
  /** Undefined where it was not run. */
  run(model: ProbedModel, asked: ProbedInput, place: ScorePlace): Promise<RunFacts | undefined>;
}

/** Everything known about a backbone before it is decided whether that is enough. */
export interface KnownModel {
  readonly inspection: BackboneInspection;
  readonly place: ScorePlace;
}

/** Puts together what graph, files and persons say of a model, and what is likely where they say nothing. */
export class ModelReader {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /**
   * What graph, files, memory and the sidecar say, and what is likely.
   * @param sidecar goes before what the files say; its paths are absolute or relative to the model
   * @param sight with one that runs nothing, less is known
   * @throws {SemapError} `unsupported-model`, `invalid-description`
   */
  async read(
    model: ProbedModel,
    sidecar: BackboneSidecar | undefined,
    sight: ModelSight = this.#options.probe,
  ): Promise<KnownModel> {
    const { file, sha256 } = model;
    const facts = await sight.facts(model);
    const name = this.#options.nameOf(file);
    const person = mergeSidecars(
      await this.#options.said.of(file, sha256),
      absoluteLabels(sidecar, path.dirname(file)),
    );
    const said = mergeSidecars((await dualEncoderBeside(file, facts, person)) ?? {}, person);
    const papers = { fileName: path.basename(file), metadata: {}, files: await papersBeside(file) };
    const seen = readImageInput(facts, path.basename(file), said);
    let stated: Stated = readStated({ ...papers, isUnread: true }, seen);
    let known = mergeSidecars(stated.sidecar, said);
    const { place, open, why, labels } = await this.#output(model, facts, known, sight);
    // Those that the graph itself has go before what lies beside it.
    const inside = labels ? { labels } : {};
    known = mergeSidecars(mergeSidecars(stated.sidecar, inside), said);
    // What is complete needs no guesses, and large files are not read for them.
    const clues =
      missingFields(seen, known).length === 0
        ? undefined
        : await modelClues(this.#options.cacheFolder, file, sha256);
    if (clues) {
      const own = ownDescription(clues.metadata);
      stated = readStated({ ...papers, metadata: clues.metadata }, seen);
      if (own.labels) stated = { ...stated, sidecar: own };
      known = mergeSidecars(mergeSidecars(stated.sidecar, inside), said);
    }
    const input = await this.#input(model, facts, known, place, sight);
    const missing: MissingField[] = [
      ...missingFields(input, known),
      ...(open.length > 0 ? (['output_name'] as const) : []),
    ];
    const isUnfed = missing.some((field) => field === 'size' || field.startsWith('inputs.'));
    const shown = isUnfed ? undefined : await this.#shown(model, input, known, place, sight);
    const fitting = fittingLabels(known, stated, shown?.sourceCount);
    if (fitting.known !== known) {
      known = fitting.known;
      if (!missing.includes('labels')) missing.unshift('labels');
    }
    const sourceCount =
      shown?.sourceCount ?? (Array.isArray(known.labels) ? known.labels.length : countOf(place));
    const lists = known.labels === undefined ? [...fitting.lists, ...(await labelListsBeside(file))] : [];
    const guess = guessBackbone({ input, sourceCount, output: shown?.output, clues, lists });
    const note = shown && outputNote(readingOf(place, shown, known.output), name);
    const inspection: BackboneInspection = {
      name,
      path: file,
      sha256,
      bytes: (await stat(file)).size,
      input,
      sourceCount: shown?.sourceCount,
      output: shown?.output,
      ...(open.length > 0 && { outputs: open }),
      known,
      missing,
      suggested: { ...guess.sidecar, ...(open.length > 0 && { output_name: place.name }) },
      reasons: {
        labels: unguessable(sourceCount),
        ...guess.reasons,
        ...(why && { output_name: why }),
      },
      stated: statedIn(stated, known),
      notes: [...stated.notes, ...unfittingLists(lists, shown?.sourceCount), ...(note ? [note] : [])],
    };
    return { inspection, place };
  }

  /** How many labels there are; undefined where they cannot be read, which is told later. */
  async #countOf(labels: string | readonly string[]): Promise<number | undefined> {
    if (typeof labels !== 'string') return labels.length;
    const space = await this.#options.labelSpaces.read(labels, '').catch(() => undefined);
    return space?.labels.length;
  }

  /** Which output has the scores, and labels that the graph has for them. */
  async #output(
    model: ProbedModel,
    facts: GraphFacts,
    { output_name: named, labels }: BackboneSidecar,
    sight: ModelSight,
  ): Promise<OutputChoice & { readonly labels?: readonly string[] | undefined }> {
    const clues = needsClues(facts, named) ? await sight.clues(model, named) : undefined;
    const labelCount = clues && labels !== undefined ? await this.#countOf(labels) : undefined;
    const choice = await this.#byTask(model, () =>
      chooseOutput({ facts, clues, named, labelCount }, path.basename(model.file)),
    );
    const own = clues?.candidates.find(({ name }) => name === choice.place.name)?.labels;
    // Numbers only count the outputs.
    return { ...choice, labels: own?.every((label) => /^\d*$/.test(label)) ? undefined : own };
  }

  /** What `read` makes of a graph; where that is nothing, and the file says what else it is for, by that. */
  async #byTask<T>({ file, sha256 }: ProbedModel, read: () => T): Promise<T> {
    try {
      return read();
    } catch (error) {
      const task = (await modelClues(this.#options.cacheFolder, file, sha256))?.metadata['task'];
      throw otherTask(task, path.basename(file)) ?? error;
    }
  }

  #shown(
    model: ProbedModel,
    input: ImageInput,
    known: BackboneSidecar,
    place: ScorePlace,
    sight: ModelSight,
  ): Promise<RunFacts | undefined> {
    const name = this.#options.nameOf(model.file);
    const { height, width } = inputSpec(input, known.preprocessing ?? {}, name);
    const extras = extraInputs(input, known, { height, width }, name);
    return sight.run(model, { input, height, width, extraInputs: extras }, place);
  }

  /** What the graph says of its input, and runs show where it says too little. */
  async #input(
    model: ProbedModel,
    facts: GraphFacts,
    known: BackboneSidecar,
    place: ScorePlace,
    sight: ModelSight,
  ): Promise<ImageInput> {
    const name = path.basename(model.file);
    const input = readImageInput(facts, name, known);
    if (!input.supposed || !sight.runs || unsaidInputs(input, known).length > 0) return input;
    const { height = OPEN_SIZE, width = OPEN_SIZE } = saidSize(input, known) ?? {};
    const extras = extraInputs(input, known, { height, width }, name);
    return settleOpenInput(this.#options.cacheFolder, model.sha256, input, extras, (one) =>
      sight.run(model, { input: one, height, width, extraInputs: extras }, place).then(
        () => true,
        () => false,
      ),
    );
  }
}

/** The size of an input that its graph leaves open, where it is said. */
function saidSize(input: ImageInput, known: BackboneSidecar): { height: number; width: number } | undefined {
  const { preprocessing: p = {} } = known;
  const isSaid = input.height !== undefined || p.crop !== undefined || p.size !== undefined;
  return isSaid ? inputSpec(input, p, '') : undefined;
}
