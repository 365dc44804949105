import * as vscode from 'vscode';
import { withTargetCalled } from '../../core/alignments/targetNames.ts';
import { changeAlignment } from '../alignments/alignmentFiles.ts';
import type { EditAlignment } from '../alignments/editAlignment.ts';
import type { ClassifyRun } from './classifyRun.ts';
import type { LabelChange } from './labelling.ts';

/** Changes the target labels of a run's alignment as its labels change, and scores the run again. */
export class RunTargets {
  readonly #edit: Pick<EditAlignment, 'change' | 'document'>;
  readonly #again: (run: ClassifyRun) => Promise<unknown>;

  constructor(
    edit: Pick<EditAlignment, 'change' | 'document'>,
    again: (run: ClassifyRun) => Promise<unknown>,
  ) {
    this.#edit = edit;
    this.#again = again;
  }

  /** Does nothing where the alignment is in no file, or the label is none of its targets. */
  async change(run: ClassifyRun, change: LabelChange): Promise<void> {
    if (run.alignmentPath === undefined) return;
    const uri = vscode.Uri.file(run.alignmentPath);
    const menu = { semapDocument: uri.toString() };
    const has = (await this.#edit.document(menu)).targets.some(({ label }) => label === change.label);
    if (has === (change.kind === 'add')) return;
    if (change.kind === 'add') await this.#edit.change(change, menu);
    else await changeAlignment(uri, (document) => withTargetCalled(document, change.label, change.to), true);
    // One that is under way ends first: its page offers to score it again.
    if (run.state !== 'running') await this.#again(run);
  }
}
