import * as vscode from 'vscode';
import { backbonesOf } from '../../core/alignments/members.ts';
import { goesWithoutSaying } from '../../core/folders/layout.ts';
import { type MappingMethod, mappingMethods } from '../../core/mapping/methods.ts';
import type { BackboneEntry } from '../../protocol/backbones.ts';
import type { MethodAnswers } from '../alignments/askMethod.ts';
import { type GivenLabels, namesOf } from '../alignments/givenLabels.ts';
import type { LaidOut } from '../datasets/folderLayouts.ts';
import { layoutsText } from '../datasets/layoutWords.ts';
import { plural, say } from '../language.ts';
import { alignmentName, type ExistingAlignment } from './existingAlignments.ts';
import type { TrainedPrompt } from './trainedPrompts.ts';

/** Labels are aligned before the run, by this method. */
export interface ByMethod extends MethodAnswers {
  readonly method: MappingMethod;
}

/** What is classified, and by what. */
export interface ClassifyPlan {
  readonly folders: readonly string[];
  /** How they are read. */
  readonly laidOut: LaidOut;
  readonly backbone: BackboneEntry;
  /** Further backbones that answer together with it. */
  readonly beside: readonly BackboneEntry[];
  /** Undefined until the person says: there are no class folders. */
  readonly labels: GivenLabels | undefined;
  /** A method aligns `labels` with `backbone`; an alignment or a trained prompt has labels and a backbone of its own. */
  readonly by: ByMethod | ExistingAlignment | TrainedPrompt;
  /** Whether images are settled when they are done, where they say enough about each other. */
  readonly settle: boolean;
}

export function isMethod(by: ClassifyPlan['by']): by is ByMethod {
  return 'method' in by;
}

interface PlanWords {
  /** Undefined until they are chosen. */
  readonly labels: string | undefined;
  readonly backbone: string;
  readonly mapping: string;
}

/** The parts of what will be done. */
export function wordsOf({ folders, laidOut, labels, backbone, beside, by }: ClassifyPlan): PlanWords {
  const { t } = vscode.l10n;
  if (isMethod(by)) {
    const isOwn = labels?.labelled && labels.folders === folders;
    const own = isOwn && ownWords(labels.targets.length, laidOut);
    return {
      labels: own || labels?.origin,
      backbone: [backbone, ...beside].map(({ name }) => name).join(' + '),
      mapping: say(mappingMethods[by.method].title),
    };
  }
  const { targets } = by.document;
  return {
    labels: plural(targets.length, '{0} label', '{0} labels'),
    backbone: backbonesOf(by.document).name,
    mapping: 'entry' in by ? t('trained prompt {0}', by.entry.name) : alignmentName(by),
  };
}

/** The labels by their names where the line says how the folders are read. */
export function labelsRow({ labels, laidOut }: ClassifyPlan, words: string): string {
  const isOwn = labels?.labelled && labels.folders === laidOut.folders;
  return isOwn && words === say(layoutsText(laidOut)) ? namesOf(labels) : words;
}

/** The labels of the folders themselves; how they are read is said where it is not plain. */
function ownWords(labels: number, laidOut: LaidOut): string {
  return laidOut.chosen.every(goesWithoutSaying)
    ? plural(labels, 'its {0} class folder', 'its {0} class folders')
    : say(layoutsText(laidOut));
}
