import { phrase, type Text } from '../text/text.ts';

/** Shares that are of all images. */
export const overallFigures = ['accuracy', 'balanced accuracy'] as const;
export type OverallFigure = (typeof overallFigures)[number];

/** Shares that are of one label; `share` is that of all answers. */
export const labelFigures = ['recall', 'precision', 'F1', 'share'] as const;
export type LabelFigure = (typeof labelFigures)[number];

export const comparisons = ['>=', '<=', '>', '<'] as const;
export type Comparison = (typeof comparisons)[number];

/** What images or files are counted: `unread` cannot be read, `undecided` have no answer, `measured` have a known label. */
export const countedThings = ['unread', 'wrong', 'undecided', 'measured', 'images'] as const;
export type Counted = (typeof countedThings)[number];

/** What an alignment promises on images. */
export type Expectation =
  | {
      readonly kind: 'share';
      readonly figure: OverallFigure;
      readonly comparison: Comparison;
      /** In [0, 1]. */
      readonly bound: number;
    }
  | {
      readonly kind: 'label';
      readonly figure: LabelFigure;
      readonly label: string;
      readonly comparison: Comparison;
      /** In [0, 1]. */
      readonly bound: number;
    }
  | {
      readonly kind: 'count';
      readonly limit: 'at most' | 'at least';
      readonly count: number;
      readonly counted: Counted;
    }
  | {
      readonly kind: 'image';
      /** Whether the label must be the answer, or must not. */
      readonly must: 'always' | 'never';
      readonly label: string;
      /** Relative to the folder of images, with `/`; with one at its end, all images below that folder. */
      readonly path: string;
    };

/** As a document states it: `recall of "sports car" >= 0.9`. {@link readExpectation} reads it back. */
export function expectationText(one: Expectation): string {
  switch (one.kind) {
    case 'share':
      return `${one.figure} ${one.comparison} ${one.bound}`;
    case 'label':
      return `${one.figure} of ${labelText(one.label)} ${one.comparison} ${one.bound}`;
    case 'count':
      return `${one.limit} ${one.count} ${one.counted}`;
    case 'image':
      return `${one.must} ${labelText(one.label)} for ${one.path}`;
  }
}

/** A label as it stands in an expectation: in quotes where it would be read otherwise without. */
function labelText(label: string): string {
  const plain =
    label.trim() === label && !/["'\\<>=≥≤]|\s{2}|\sfor(?:\s|$)|^for\s/iu.test(label) && label !== '';
  return plain ? label : `"${label.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** What a figure is called in a sentence. */
export function figureText(one: Extract<Expectation, { kind: 'share' | 'label' }>): Text {
  switch (one.figure) {
    case 'accuracy':
      return phrase('Accuracy');
    case 'balanced accuracy':
      return phrase('Balanced accuracy');
    case 'recall':
      return phrase('Recall of {0}', one.label);
    case 'precision':
      return phrase('Precision of {0}', one.label);
    case 'F1':
      return phrase('F1 of {0}', one.label);
    case 'share':
      return phrase('Share of {0}', one.label);
  }
}
