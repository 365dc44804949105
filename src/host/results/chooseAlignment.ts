import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { fittingLabels } from '../../core/alignments/fittingLabels.ts';
import { SemapError } from '../../core/errors.ts';
import { inAnyOf } from '../../core/labels/inAnyOf.ts';
import type { TargetLabel } from '../../core/labels/targetLabels.ts';
import { phrase } from '../../core/text/text.ts';
import type { ActiveAlignment, AlignmentEntry } from '../alignments/activeAlignment.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import type { AlignLabels } from '../alignments/alignLabels.ts';
import { mayClassify } from '../alignments/alignmentReport.ts';
import {
  askLabelText,
  type GivenLabels,
  type LabelSources,
  targetOfClass,
} from '../alignments/labelSources.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { mayHoldImages } from '../datasets/datasetScan.ts';
import { titleOf } from '../files.ts';
import type { Log } from '../log.ts';
import { withProgress } from '../messages.ts';
import { BACK, CANCEL, StepUi } from '../multiStep.ts';
import type { RunStore } from '../runs/runStore.ts';
import type { Settings } from '../settings.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { askForPrompt, trainedPromptsFor } from './trainedPrompts.ts';

/** An alignment that can be used, and the backbone it names. */
interface Chosen {
  readonly document: AlignmentDocument;
  readonly uri: vscode.Uri;
  readonly backbone: string;
}

/** What it takes to find or make an alignment. */
export interface AlignmentParts {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly library: BackboneLibrary;
  readonly active: ActiveAlignment;
  readonly alignLabels: AlignLabels;
  readonly labels: LabelSources;
  readonly runs: RunStore;
  readonly log: Log;
}

/** Finds or makes the alignment that folders are classified with. */
export class ChooseAlignment {
  readonly #parts: AlignmentParts;
  /** Alignments that were looked at before their first run. */
  readonly #looked = new Set<string>();

  constructor(parts: AlignmentParts) {
    this.#parts = parts;
  }

  /** Undefined where the person changed their mind, or would rather not use one that fits nothing. */
  async for(folders: readonly string[]): Promise<Chosen | undefined> {
    const { classes, found } = await withProgress(
      vscode.l10n.t('Looking at {0}', titleOf(folders)),
      async () => {
        const labels = await this.#classLabels(folders);
        return { classes: labels, found: await this.#find(folders, labels) };
      },
    );
    const chosen = await this.#choose(folders, classes, found);
    return chosen && (await this.#accepted(chosen.document)) ? chosen : undefined;
  }

  /** A trained prompt where the person wants one; otherwise what was found, or an alignment that is made now. */
  async #choose(
    folders: readonly string[],
    classes: readonly TargetLabel[],
    found: Chosen | undefined,
  ): Promise<Chosen | undefined> {
    const { runs, library, active } = this.#parts;
    const inUse = found?.document.prompt !== undefined;
    const names = classes.map(({ name }) => name);
    const trained = inUse ? [] : await trainedPromptsFor(folders, names, runs, library);
    if (trained.length > 0) {
      const { t } = vscode.l10n;
      const zeroShot = found ? t('Uses {0}', basename(found.uri.path)) : t('Aligns labels by meaning');
      const wish = await askForPrompt(trained, folders, zeroShot);
      if (wish === undefined) return undefined;
      if (wish !== 'zero-shot') {
        await active.show(wish.uri);
        return wish;
      }
    }
    return found ?? this.#make(folders, classes);
  }

  /** Asks once per alignment whether one that fits nothing is to be used. */
  async #accepted(document: AlignmentDocument): Promise<boolean> {
    const key = JSON.stringify([document.backbone.sha256, document.targets]);
    if (this.#looked.has(key)) return true;
    const may = await mayClassify(document);
    if (may) this.#looked.add(key);
    return may;
  }

  /** The active alignment or the nearest one in a folder above, when it fits the folders and its backbone is there. */
  async #find(folders: readonly string[], classes: readonly TargetLabel[]): Promise<Chosen | undefined> {
    const { active, library, log } = this.#parts;
    const names = classes.map(({ name }) => name);
    const seen = new Set<string>();
    const usable = async (entry: AlignmentEntry | undefined): Promise<Chosen | undefined> => {
      const document = entry?.forEngine;
      if (!entry || !document || seen.has(entry.uri.toString())) return undefined;
      seen.add(entry.uri.toString());
      if (!fittingLabels(document, names)) return undefined;
      const backbone = await library.resolve(document, entry.uri);
      if (backbone === undefined) {
        log.warn(`${entry.uri.fsPath} names the backbone ${document.backbone.name}, which is not installed.`);
        return undefined;
      }
      return { document, uri: entry.uri, backbone };
    };
    const found = await usable(active.current);
    if (found) return found;
    for (const uri of await nearestAlignments(folders)) {
      const chosen = await usable(await readEntry(uri));
      if (!chosen) continue;
      await active.show(uri);
      return chosen;
    }
    return undefined;
  }

  async #make(folders: readonly string[], classes: readonly TargetLabel[]): Promise<Chosen | undefined> {
    const { alignLabels, library, settings, active } = this.#parts;
    const name = basename(folders[0]);
    const near = vscode.Uri.file(folders[0]);
    // Before it asks for labels and writes a document for nothing.
    if (classes.length === 0 && !(await mayHoldImages(folders))) {
      throw new SemapError('no-images', phrase('No images in {0}.', titleOf(folders)));
    }
    const given =
      classes.length >= 2
        ? { targets: classes, problems: [], name, near }
        : await this.#askForLabels(folders);
    const backbone = given && (await library.active());
    if (!given || !backbone) return undefined;
    const uri = await alignLabels.make({ given, backbone, method: settings.defaultMethod, onTheWay: true });
    const document = uri && (await active.show(uri))?.forEngine;
    return document && { document, uri, backbone: backbone.path };
  }

  /** Several folders chosen together are most likely classes themselves: their names are proposed. */
  async #askForLabels(folders: readonly string[]): Promise<GivenLabels | undefined> {
    const ui = new StepUi(vscode.l10n.t('SeMap: Zero-Shot Classify {0}', titleOf(folders)));
    const proposed = folders.length > 1 ? folders.map((folder) => basename(folder)).join(', ') : '';
    const text = await askLabelText(ui, proposed);
    if (text === BACK || text === CANCEL) return undefined;
    return this.#parts.labels.ofText(text, basename(folders[0]), vscode.Uri.file(folders[0]));
  }

  /** The class folders as labels, in the order of first sight. */
  async #classLabels(folders: readonly string[]): Promise<readonly TargetLabel[]> {
    const { engine } = this.#parts;
    const classes = await inAnyOf(folders, (folder) => engine.call('listClasses', { folder }));
    const byName = new Map(classes.map((one) => [one.label, targetOfClass(one)]));
    return [...byName.values()];
  }
}
/** Alignment documents in the folders and those above them, nearest first, up to the workspace folder. */
async function nearestAlignments(folders: readonly string[]): Promise<readonly vscode.Uri[]> {
  const found: vscode.Uri[] = [];
  const root = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folders[0]))?.uri.fsPath;
  if (root === undefined) return found;
  for (let folder = folders[0]; ; folder = dirname(folder)) {
    const pattern = new vscode.RelativePattern(folder, '*.semap.json');
    found.push(...(await vscode.workspace.findFiles(pattern, null, 10)));
    if (folder === root || folder === dirname(folder)) return found;
  }
}
