import type { AlignmentEdit } from '../../src/core/alignments/alignmentEdits.ts';
import type { AlignmentViewApi, PageQuestion } from '../../src/protocol/alignmentView.ts';
import type { Connection } from '../common/connection.ts';
import { readOnlyWords } from '../common/element.ts';
import { t } from '../common/language.ts';
import type { AlignmentModel } from './alignmentModel.ts';
import type { Pair } from './alignmentScene.ts';
import { type CellEdit, toggled, weighed } from './cellEdits.ts';

interface HandEditsParts {
  readonly host: Connection<AlignmentViewApi, object>['host'];
  readonly model: () => AlignmentModel | undefined;
  readonly say: (words: string) => void;
}

/** What a person does to the document on its page: sent to the host, and said. */
export class HandEdits {
  readonly #parts: HandEditsParts;

  constructor(parts: HandEditsParts) {
    this.#parts = parts;
  }

  readonly edit = (edit: AlignmentEdit): void => {
    const { host, model } = this.#parts;
    const label = 'target' in edit ? model()?.targets[edit.target]?.label : undefined;
    void host.call('edit', { edit, label }).catch(() => {});
  };

  /** Lets VS Code ask for what an edit needs. */
  readonly ask = (question: PageQuestion, target?: number): void => {
    void this.#parts.host.call('ask', { question, target }).catch(() => {});
  };

  /** Maps or unmaps a cell. */
  toggle(pair: Pair): void {
    const model = this.#parts.model();
    if (model) this.#do(toggled(model, pair));
  }

  weigh(pair: Pair, weight: number): void {
    const model = this.#parts.model();
    if (model) this.#do(weighed(model, pair, weight));
  }

  /** Moves a target earlier or later in the document. */
  move(target: number, to: number): void {
    const model = this.#parts.model();
    if (!model || to < 0 || to >= model.targets.length) return;
    this.edit({ kind: 'move', target, to });
    this.#say(t('{0} is now number {1}.', model.targets[target].label, to + 1));
  }

  #do(edit: CellEdit | undefined): void {
    if (!edit) return;
    if (edit.edit) this.edit(edit.edit);
    this.#say(edit.spoken);
  }

  /** What became of an edit; where nothing can, why. */
  #say(words: string): void {
    this.#parts.say(readOnlyWords() ?? words);
  }
}
