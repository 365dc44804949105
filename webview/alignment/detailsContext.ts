import type { AlignmentEdit } from '../../src/core/alignments/alignmentEdits.ts';
import type { NoteTexts } from '../../src/core/similarity/labelNoteTexts.ts';
import type { LabelMeaning } from '../../src/protocol/alignments.ts';
import type { PageQuestion } from '../../src/protocol/alignmentView.ts';

/** What the details need besides the model. */
export interface DetailsContext {
  /** Changes the document. */
  readonly edit: (edit: AlignmentEdit) => void;
  /** Has the host ask how to change it. */
  readonly ask: (question: PageQuestion, target?: number) => void;
  /** Whether all sources of a backbone are shown. */
  readonly isAll: (backbone: string) => boolean;
  /** Shows all of them, or those that matter. */
  readonly showAll: (backbone: string, all: boolean) => void;
  /** Shows the cell of two labels in the grid. @param source its index in the model */
  readonly show: (target: number, source: number) => void;
  /** Opens the field for a target's hint. */
  readonly editHint: (target: number) => void;
  /** That field, while it is open for this target. */
  readonly hintField?: Node | undefined;
  /** What the target is taken to mean, once that is known. */
  readonly meaning?: LabelMeaning | undefined;
  /** What the target says by way of the others. */
  readonly role?: NoteTexts | undefined;
  /** The engine's explanation of the cell, once it is there. */
  readonly why?: string | undefined;
  /** What images say of the cell. */
  readonly evidence?: Node | undefined;
  /** Whether the mapping was learned from images, so that labels are not aligned again. */
  readonly learned: boolean;
  /** Whether weights may be any number. */
  readonly anyWeight: boolean;
}

/** A name with the most important figures, and what else there is to tell. */
export interface Details {
  readonly heading: HTMLElement;
  readonly body: readonly Node[];
}
