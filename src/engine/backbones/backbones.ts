import path from 'node:path';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { type BackboneSidecar, saidElsewhere } from '../../core/backbones/backboneSidecar.ts';
import { extraInputs } from '../../core/backbones/extraInputs.ts';
import { inputSpec } from '../../core/backbones/inputSpec.ts';
import { nameDoubts } from '../../core/backbones/labelDoubts.ts';
import type { ModelOutline } from '../../core/backbones/modelOutline.ts';
import { isSameBackbone } from '../../core/backbones/sameBackbone.ts';
import { NO_LABELS, type TextLabels } from '../../core/backbones/textSide.ts';
import type { WantedFile } from '../../core/downloads/installPlace.ts';
import { problemOf } from '../../core/errors.ts';
import type { ModelProto } from '../../core/onnx/protobuf/schema.ts';
import { phrase } from '../../core/text/text.ts';
import type { BackboneEntry, BackboneInspection } from '../../protocol/backbones.ts';
import type { BackboneRef } from '../../protocol/models.ts';
import type { EncodeLabelsOptions } from '../encoders/encoders.ts';
import { checkModelFile } from '../models/modelFile.ts';
import { needsDescription, wrongCount } from './descriptionProblems.ts';
import { type Float32Copy, writeFloat32Copy } from './float32Copies.ts';
import { InstalledBackbones } from './installedBackbones.ts';
import { installRecord } from './installRecord.ts';
import type { LabelSpaces } from './labelSpaces.ts';
import { licenceOf } from './licences.ts';
import { LoadedModel } from './loadedModel.ts';
import { filesOfModel } from './modelFiles.ts';
import { ModelHashes } from './modelHashes.ts';
import { readSidecar } from './modelPapers.ts';
import { ModelProbe, type ProbedModel, readingOf } from './modelProbe.ts';
import { type KnownModel, ModelReader } from './modelReader.ts';
import { SaidDescriptions } from './saidDescriptions.ts';
import type { TextSides } from './textSides.ts';
import { UnloadedSight } from './unloadedSight.ts';

interface Options {
  readonly modelsFolder: string;
  readonly backboneFolders: readonly string[];
  readonly cacheFolder: string;
  readonly labelSpaces: LabelSpaces;
  readonly textSides: TextSides;
}

/** Finds backbones, describes them, and remembers what a person said. */
export class Backbones {
  readonly #options: Options;
  readonly #hashes: ModelHashes;
  readonly #probe: ModelProbe;
  readonly #said: SaidDescriptions;
  readonly #installed: InstalledBackbones;
  readonly #reader: ModelReader;

  constructor(options: Options) {
    this.#options = options;
    this.#hashes = new ModelHashes(options.cacheFolder);
    this.#probe = new ModelProbe(options.cacheFolder);
    this.#said = new SaidDescriptions(options.cacheFolder);
    const sha256 = (file: string) => this.#hashes.sha256(file);
    this.#installed = new InstalledBackbones({ ...options, sha256 });
    this.#reader = new ModelReader({
      ...options,
      probe: this.#probe,
      said: this.#said,
      nameOf: (file) => this.#installed.nameOf(file),
    });
  }

  /** The embedded backbone first, then those of the folders by name. A damaged one carries its problem. */
  async list(extraFolders: readonly string[] = []): Promise<readonly BackboneEntry[]> {
    const entries: BackboneEntry[] = [];
    for await (const entry of this.entries(extraFolders)) entries.push(entry);
    return entries;
  }

  /** As {@link list}, one after the other as they are read. */
  async *entries(extraFolders: readonly string[] = []): AsyncGenerator<BackboneEntry> {
    const seen: BackboneEntry[] = [];
    for (const { file, embedded, name } of await this.#installed.list(extraFolders)) {
      const installed = (await installRecord(file)) !== undefined;
      let entry: BackboneEntry = { name, path: file, embedded, installed };
      try {
        entry = { ...entry, description: await this.describe(file) };
      } catch (error) {
        entry = { ...entry, problem: problemOf(error) };
      }
      // A copy of one that was there before says nothing new.
      if (seen.some((one) => isSameBackbone(one, entry))) continue;
      seen.push(entry);
      yield entry;
    }
  }

  /** One after the other: each is read from a disk that the others need as well. */
  async hashes(files: readonly string[]): Promise<readonly (string | null)[]> {
    const hashes: (string | null)[] = [];
    for (const file of files) hashes.push(await this.#hashes.sha256(file).catch(() => null));
    return hashes;
  }

  /** @throws {SemapError} for files that are no usable classifier */
  async inspect(backbone: BackboneRef, sidecar?: BackboneSidecar): Promise<BackboneInspection> {
    const { inspection } = await this.#loading(backbone, (model) => this.#reader.read(model, sidecar));
    return this.#withDoubts(inspection);
  }

  /** As {@link inspect}, of a file that is neither loaded nor run: without what only that shows. */
  async inspectUnloaded(
    file: string,
    skeleton: ModelProto,
    outline: ModelOutline,
  ): Promise<BackboneInspection> {
    const sha256 = await this.#hashes.sha256(file);
    const sight = new UnloadedSight(this.#probe, skeleton, outline);
    const model = { file, sha256, loaded: new LoadedModel(file) };
    return this.#withDoubts((await this.#reader.read(model, undefined, sight)).inspection);
  }

  /** What tells it from others, weights beside it included. @throws {SemapError} as {@link ModelHashes.sha256} */
  sha256(file: string): Promise<string> {
    return this.#hashes.sha256(file);
  }

  async #withDoubts(inspection: BackboneInspection): Promise<BackboneInspection> {
    const { known, suggested, name, sourceCount } = inspection;
    const labels = known.labels ?? suggested.labels;
    if (labels === undefined) return inspection;
    const space = await this.#options.labelSpaces.read(labels, name).catch(() => undefined);
    // Two of one name are told apart by their wnids: ImageNet has two cranes.
    const names = space?.labels.map((label) => label.wnid ?? label.name) ?? [];
    const doubts = names.length === (sourceCount ?? names.length) ? nameDoubts(names) : [];
    const notes = doubts.map(({ what, hint }) => phrase('{0} {1}', what, hint));
    return { ...inspection, notes: [...inspection.notes, ...notes] };
  }

  /**
   * @param sidecar goes before what the files say; its paths are absolute or relative to the model
   * @param remember whether to keep the sidecar for files with this content
   * @throws {SemapError} `needs-description` when something is missing; for files that are no usable classifier
   */
  async describe(
    backbone: BackboneRef,
    sidecar?: BackboneSidecar,
    remember = false,
  ): Promise<BackboneDescription> {
    return this.#loading(backbone, async (model) => {
      const read = await this.#reader.read(model, sidecar);
      const description = await this.#described(model, read);
      if (remember && sidecar)
        await this.#said.remember(model.sha256, sidecar, description.labelSpace.labels);
      return description;
    });
  }

  /** @param look what is done with the model, which is unloaded at its end */
  async #loading<T>(backbone: BackboneRef, look: (model: ProbedModel) => Promise<T>): Promise<T> {
    const file = await this.find(backbone);
    await checkModelFile(file);
    const loaded = new LoadedModel(file);
    try {
      return await look({ file, sha256: await this.#hashes.sha256(file), loaded });
    } finally {
      await loaded.close();
    }
  }

  async #described(model: ProbedModel, { inspection, place }: KnownModel): Promise<BackboneDescription> {
    const { name, input, known, missing } = inspection;
    if (missing.length > 0) throw needsDescription(inspection);
    const spec = inputSpec(input, known.preprocessing ?? {}, name);
    const { height, width } = spec;
    const extras = extraInputs(input, known, spec, name);
    const shown = await this.#probe.run(model, { input, height, width, extraInputs: extras }, place);
    const { labelSpaces, textSides } = this.#options;
    const text = known.text && (await textSides.of(known.text, name, shown.sourceCount));
    const labelSpace = text ? NO_LABELS : await labelSpaces.read(known.labels!, name);
    if (!text && labelSpace.labels.length !== shown.sourceCount) {
      throw wrongCount(name, shown.sourceCount, labelSpace);
    }
    const { fixedBatch = shown.single ? 1 : undefined } = input;
    const description: BackboneDescription = {
      name,
      path: inspection.path,
      sha256: inspection.sha256,
      bytes: inspection.bytes,
      inputName: input.name,
      input: spec,
      ...(extras ? { extraInputs: extras } : {}),
      fixedBatch,
      ...readingOf(place, shown, known.output),
      labelSpace,
      license: await licenceOf(inspection.path, known.license),
      ...(text && { text }),
    };
    await this.#probe.check(model, description);
    return description;
  }

  /** The same, as an alignment's part has it. */
  async describeFor(
    part: Pick<AlignmentDocument, 'backbone'>,
    backbone: BackboneRef,
    sidecar?: BackboneSidecar,
  ): Promise<BackboneDescription> {
    return this.asAligned(await this.describe(backbone, sidecar), part);
  }

  /** A dual encoder as it answers the labels that an alignment's part gives; others as they are. */
  async asAligned(
    backbone: BackboneDescription,
    { backbone: { texts } }: Pick<AlignmentDocument, 'backbone'>,
  ): Promise<BackboneDescription> {
    return texts ? this.#options.textSides.withLabels(backbone, texts) : backbone;
  }

  /** A dual encoder as it answers these labels; others as they are. */
  withLabels(
    backbone: BackboneDescription,
    labels: Omit<TextLabels, 'encoder'>,
    options?: EncodeLabelsOptions,
  ): Promise<BackboneDescription> {
    const { text } = backbone;
    const { textSides } = this.#options;
    return text
      ? textSides.withLabels(backbone, { encoder: text.sha256, ...labels }, options)
      : Promise.resolve(backbone);
  }

  /** Whether a file can be named by its name alone. */
  async isInstalled(file: string): Promise<boolean> {
    return this.#installed.isNamed(file);
  }

  /** What is copied with a model: graph and weights, and what is said about it in files beside it. */
  async filesOf(file: string): Promise<readonly WantedFile[]> {
    return filesOfModel(
      file,
      (await this.#hashes.parts(file)).map((part) => part.file),
      await readSidecar(file),
    );
  }

  /** A copy that computes in single precision, and of which the same is said. */
  async float32Copy(backbone: BackboneRef): Promise<Float32Copy> {
    const file = await this.find(backbone);
    const sha256 = await this.#hashes.sha256(file);
    const said = await this.#said.of(file, sha256);
    const copy = await writeFloat32Copy(
      this.#options.cacheFolder,
      { file, sha256 },
      await this.filesOf(file),
      said,
    );
    await this.#said.rememberAlike(await this.#hashes.sha256(copy.file), sha256);
    return copy;
  }

  /** Keeps what was said of a model in files that did not come along when it was copied. */
  async keepSaid(folder: string, said: Pick<BackboneInspection, 'known' | 'sha256'>): Promise<void> {
    const { known, path: file, sha256 } = await this.inspect(folder);
    const lost = said.sha256 === sha256 ? saidElsewhere(said.known, known) : undefined;
    if (!lost) return;
    const { labels } = lost;
    const space =
      typeof labels === 'string'
        ? await this.#options.labelSpaces.read(labels, path.basename(file))
        : undefined;
    await this.#said.remember(sha256, lost, space?.labels ?? []);
  }

  /** As {@link InstalledBackbones.find}. @throws {SemapError} `not-found` */
  find(backbone: BackboneRef, sha256?: string): Promise<string> {
    return this.#installed.find(backbone, sha256);
  }
}
