import { basename } from 'node:path';
import * as vscode from 'vscode';
import { alignLabels } from '../../capabilities/alignLabels.ts';
import { type AlignmentDocument, madeFor } from '../../core/alignments/alignment.ts';
import type { SimilarityChoice } from '../../core/encoders/similarityChoice.ts';
import { imageFolders } from '../../core/folders/layout.ts';
import { comparesLabels, isLearned, type MappingMethod, mappingMethods } from '../../core/mapping/methods.ts';
import type { BackboneEntry } from '../../protocol/backbones.ts';
import type { EncoderEntry } from '../../protocol/encoders.ts';
import { askForBackbones } from '../backbones/askForBackbone.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { withDescriptions } from '../backbones/describeBackbone.ts';
import { confirmLayout } from '../datasets/askLayout.ts';
import type { FolderLayouts } from '../datasets/folderLayouts.ts';
import { titleOf } from '../files.ts';
import { plural } from '../language.ts';
import { withCancel } from '../messages.ts';
import { type Answer, BACK, CANCEL, runWizard, type StepUi, type WizardStep } from '../multiStep.ts';
import { sessionOf } from '../session.ts';
import type { Settings } from '../settings.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { ActiveAlignment } from './activeAlignment.ts';
import { isAlignment } from './alignmentFileName.ts';
import { alignmentFolder, writeAlignment } from './alignmentFiles.ts';
import { reportAlignment, reportAmiss } from './alignmentReport.ts';
import { askMethod, askNumber, type MethodAnswers, numberOf, RECOMMENDED } from './askMethod.ts';
import type { GivenLabels, WantedLabels } from './givenLabels.ts';
import type { LabelSources } from './labelSources.ts';
import { similarityItems } from './similarityItems.ts';

/** What an alignment is made from. */
export interface NewAlignment extends MethodAnswers {
  readonly given: GivenLabels;
  readonly backbone: BackboneEntry;
  /** Further backbones that answer together with it. */
  readonly beside?: readonly BackboneEntry[] | undefined;
  readonly method: MappingMethod;
  readonly similarity?: SimilarityChoice | undefined;
  /** Folders of images that it is for; absent: the folder that the labels are of, if any. */
  readonly folders?: readonly string[] | undefined;
  /** It is made on the way to a classification. */
  readonly onTheWay?: boolean;
}

interface Answers extends MethodAnswers {
  given?: GivenLabels;
  backbones?: readonly BackboneEntry[];
  similarity?: SimilarityChoice | undefined;
}

interface AlignLabelsParts {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly library: BackboneLibrary;
  readonly labels: LabelSources;
  readonly layouts: FolderLayouts;
  readonly active: ActiveAlignment;
}

/** `SeMap: Align Labels`: asks for labels, backbone and method, and makes the alignment document. */
export class AlignLabels {
  readonly #parts: AlignLabelsParts;
  readonly #made = new vscode.EventEmitter<void>();

  /** An alignment document was made. */
  readonly onDidMake = this.#made.event;

  constructor(parts: AlignLabelsParts) {
    this.#parts = parts;
  }

  /** @param folder whose class folders are the labels; where there are none, and without it, labels are asked for */
  async ask(folder?: vscode.Uri): Promise<vscode.Uri | undefined> {
    const { labels, engine, settings } = this.#parts;
    const classes = folder && (await labels.ofClassFolders(folder));
    const answers: Answers = classes ? { given: classes } : {};
    const folders = folder && [folder.fsPath];
    const encoders = (await engine.call('listEncoders', undefined)).filter(({ problem }) => !problem);
    const steps: WizardStep<Answers>[] = [
      {
        when: () => classes === undefined,
        ask: (state, ui) => this.#askSource(state, ui, folders ? { folders } : {}),
      },
      { ask: (state, ui) => this.#askBackbone(state, ui) },
      {
        when: asksMethod,
        ask: (state, ui) =>
          askMethod(state, ui, {
            usual: settings.defaultMethod,
            labelled: state.given?.labelled === true,
            encoder: encoders.length > 0,
          }),
      },
      { when: (state) => asksMethod(state) && numberOf(state.method) !== undefined, ask: askNumber },
      {
        when: (state) =>
          encoders.length > 0 &&
          isMapped(state) &&
          (state.method === undefined || comparesLabels(state.method)),
        ask: (state, ui) => askSimilarity(encoders, state, ui),
      },
    ];
    if (!(await runWizard(vscode.l10n.t('SeMap: Align Labels'), steps, answers))) return undefined;
    const { k, shared, perClass, similarity } = answers;
    const method = asksMethod(answers) ? answers.method : RECOMMENDED;
    const [backbone, ...beside] = answers.backbones ?? [];
    const given = answers.given && method && (await this.#confirmed(answers.given, method));
    if (!given || !backbone || !method) return undefined;
    return this.make({
      given: folder ? { ...given, name: basename(folder.fsPath), near: folder } : given,
      folders,
      backbone,
      beside,
      method,
      k: numberOf(method) && k,
      shared,
      perClass,
      similarity: comparesLabels(method) ? similarity : undefined,
    });
  }

  /** How the folders that a mapping is learned from are read is shown once. Undefined where that is not wanted. */
  async #confirmed(given: GivenLabels, method: MappingMethod): Promise<GivenLabels | undefined> {
    const { t } = vscode.l10n;
    const { labels, layouts } = this.#parts;
    const { folders, labelled } = given;
    if (!isLearned(method) || !labelled || !folders) return given;
    const title = t('SeMap: Learn a Mapping from {0}', titleOf(folders));
    const laidOut = await confirmLayout(folders, layouts, {
      title,
      start: t('Start Learning'),
      learns: true,
    });
    return laidOut && labels.ofClasses(laidOut);
  }

  /** Makes, writes and shows an alignment document. Undefined when the person stopped it. */
  async make(wanted: NewAlignment): Promise<vscode.Uri | undefined> {
    const document = await this.#align(wanted);
    if (!document) return undefined;
    const { name, near, problems } = wanted.given;
    const folders = wanted.folders ?? wanted.given.folders ?? [];
    // On the way nothing is replaced: Enter starts. Nor is the alignment that the labels are of.
    const beside = wanted.onTheWay || (near !== undefined && isAlignment(near));
    const otherwise = beside ? `${name}-${wanted.backbone.name}` : undefined;
    const uri = await writeAlignment(madeFor(folders, document), alignmentFolder(near), name, otherwise);
    if (!uri) return undefined;
    this.#made.fire();
    // On the way to a classification the results are what comes into view.
    if (wanted.onTheWay) {
      // One that could not be written needs a tab: it is saved or thrown away there.
      if (uri.scheme === 'untitled') await this.#parts.active.open(uri, { preserveFocus: true });
      else await this.#parts.active.show(uri);
      reportAmiss(document, uri, problems);
    } else {
      await this.#parts.active.open(uri, { preserveFocus: true });
      void reportAlignment(document, uri, problems, folders);
    }
    return uri;
  }

  /** Has the engine align the labels, with progress and Cancel; asks for what it does not know of the backbone. */
  async #align({
    given,
    backbone,
    beside = [],
    method,
    k,
    shared,
    perClass,
    similarity,
  }: NewAlignment): Promise<AlignmentDocument | undefined> {
    const { engine, settings } = this.#parts;
    const { targets } = given;
    const { aggregation, promptTemplates } = settings;
    const names = [backbone, ...beside].map(({ name }) => name).join(' + ');
    const backbones = [backbone, ...beside].map(({ path }) => path);
    const params = {
      targets,
      backbones,
      settings: {
        method,
        k,
        shared,
        perClass,
        similarity:
          similarity && promptTemplates ? { ...similarity, templates: promptTemplates } : similarity,
        aggregation: mappingMethods[method].ownAggregation ? undefined : aggregation,
      },
      images:
        given.labelled && given.folders ? imageFolders({ ...given, folders: given.folders }) : undefined,
    };
    return withDescriptions(engine, backbones, async () =>
      withCancel(
        plural(targets.length, 'Aligning {0} label with {1}', 'Aligning {0} labels with {1}', names),
        (signal, report) => alignLabels(params, sessionOf(engine, signal, report)),
      ),
    );
  }

  async #askSource(state: Answers, ui: StepUi, wanted: WantedLabels): Promise<Answer<void>> {
    const given = await this.#parts.labels.ask(ui, wanted);
    if (given === BACK || given === CANCEL) return given;
    state.given = given;
  }

  async #askBackbone(state: Answers, ui: StepUi): Promise<Answer<void>> {
    const { library } = this.#parts;
    const placeholder = vscode.l10n.t('Which backbone should these labels be aligned with?');
    const chosen = await askForBackbones(library, ui, placeholder);
    if (chosen === BACK || chosen === CANCEL) return chosen;
    state.backbones = chosen;
  }
}

/**
 * Whether any backbone has labels of its own: image-text models are asked for the target labels. Most have: so the steps
 * to come are counted by that until one is chosen.
 */
function isMapped({ backbones }: Answers): boolean {
  return backbones?.some(({ description }) => !description?.text) ?? true;
}

/** Image-text models answer the labels alike by every method, unless images teach it. */
function asksMethod(state: Answers): boolean {
  return isMapped(state) || state.given?.labelled === true;
}

/** Asked only where a text encoder is installed: WordNet needs none. */
async function askSimilarity(
  encoders: readonly EncoderEntry[],
  state: Answers,
  ui: StepUi,
): Promise<Answer<void>> {
  const item = await ui.pick({
    placeholder: vscode.l10n.t('How should labels be compared?'),
    items: similarityItems(encoders),
    active: ({ choice }) => choice?.name === state.similarity?.name,
  });
  if (item === BACK || item === CANCEL) return item;
  state.similarity = item.choice;
}
