import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { backbonesOf } from '../../core/alignments/members.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import type { SettleMode } from '../../protocol/settling.ts';
import type { ActiveAlignment } from '../alignments/activeAlignment.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import type { AlignLabels } from '../alignments/alignLabels.ts';
import { mayClassify } from '../alignments/alignmentReport.ts';
import type { LabelSources } from '../alignments/labelSources.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { type FolderLayouts, imagesOf } from '../datasets/folderLayouts.ts';
import type { Log } from '../log.ts';
import type { RunStore } from '../runs/runStore.ts';
import type { Settings } from '../settings.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { ClassifyForm, type FormWish } from './classifyForm.ts';
import { type ClassifyPlan, isMethod } from './classifyPlan.ts';

/** An alignment that can be used, the backbone it names, and what is classified with it. */
export interface Chosen {
  readonly images: ImageFolders;
  readonly document: AlignmentDocument;
  readonly uri: vscode.Uri;
  readonly backbone: string;
  /** Whether the images are settled; absent: where they say enough about each other. */
  readonly settle?: SettleMode | undefined;
}

/** What it takes to find or make an alignment. */
export interface AlignmentParts {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly library: BackboneLibrary;
  readonly active: ActiveAlignment;
  readonly alignLabels: AlignLabels;
  readonly labels: LabelSources;
  readonly datasets: DatasetsTree;
  readonly layouts: FolderLayouts;
  readonly runs: RunStore;
  readonly log: Log;
}

/** Finds or makes the alignment that folders are classified with. */
export class ChooseAlignment {
  readonly #parts: AlignmentParts;
  readonly #form: ClassifyForm;
  /** Alignments that were looked at before their first run. */
  readonly #looked = new Set<string>();

  constructor(parts: AlignmentParts) {
    this.#parts = parts;
    this.#form = new ClassifyForm(parts);
  }

  /** @param watch classifies what arrives later, too. Undefined where the person changed their mind, or would rather not use one that fits nothing. */
  async for(folders: readonly string[], wish?: FormWish): Promise<Chosen | undefined> {
    const plan = await this.#form.ask(folders, wish);
    const chosen = plan && (await this.#prepared(plan));
    if (!chosen || !(await this.#accepted(chosen.document))) return undefined;
    return { ...chosen, settle: plan.settle ? 'auto' : 'never' };
  }

  /** An alignment that the person has chosen, as it is now. Undefined where it cannot be used. */
  async with(uri: vscode.Uri, folders: readonly string[]): Promise<Chosen | undefined> {
    const document = (await readEntry(uri))?.forEngine;
    const backbone = document && (await this.#parts.library.resolve(document, uri));
    if (!document || backbone === undefined || !(await this.#accepted(document))) return undefined;
    return { images: imagesOf(await this.#parts.layouts.of(folders)), document, uri, backbone };
  }

  /** Aligns labels where the plan says so. */
  async #prepared({
    folders,
    laidOut,
    labels,
    backbone,
    beside,
    by,
  }: ClassifyPlan): Promise<Chosen | undefined> {
    const { active, alignLabels } = this.#parts;
    const images = imagesOf(laidOut);
    if (!isMethod(by)) {
      await active.show(by.uri);
      return { images, document: by.document, uri: by.uri, backbone: by.backbone };
    }
    if (!labels) return undefined;
    const given = { ...labels, name: basename(folders[0]), near: vscode.Uri.file(folders[0]) };
    const uri = await alignLabels.make({ ...by, given, backbone, beside, folders, onTheWay: true });
    const document = uri && (await active.show(uri))?.forEngine;
    return document && { images, document, uri, backbone: backbone.path };
  }

  /** Asks once per alignment whether one that fits nothing is to be used. */
  async #accepted(document: AlignmentDocument): Promise<boolean> {
    const key = JSON.stringify([backbonesOf(document), document.targets]);
    if (this.#looked.has(key)) return true;
    const may = await mayClassify(document);
    if (may) this.#looked.add(key);
    return may;
  }
}
