import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { targetLabelsOf } from '../../core/alignments/alignmentBuilding.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import { inAnyOf } from '../../core/labels/inAnyOf.ts';
import type { LabelProblem, TargetLabel } from '../../core/labels/targetLabels.ts';
import { parseLabelList } from '../../core/labels/targetLabels.ts';
import { listed } from '../../core/text/text.ts';
import type { ClassFolder } from '../../protocol/alignments.ts';
import type { BackboneEntry } from '../../protocol/backbones.ts';
import { titleOf } from '../files.ts';
import { plural, say } from '../language.ts';
import type { Answer, StepUi } from '../multiStep.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** Target labels that a person gave. */
export interface GivenLabels extends Partial<ImageFolders> {
  readonly targets: readonly TargetLabel[];
  readonly problems: readonly LabelProblem[];
  /** What a document made of them is named after. */
  readonly name: string;
  /** Where they come from, in words. */
  readonly origin: string;
  /** Where they come from: its workspace folder gets the document. */
  readonly near?: vscode.Uri | undefined;
  /** Whether they are the classes of `folders`: there are images to learn from. */
  readonly labelled?: boolean | undefined;
}

/** What is known of the images that labels are wanted for. */
export interface WantedLabels {
  /** Folders that labels may be suggested from; absent: asked for. */
  readonly folders?: readonly string[];
  /** The backbone that looks at them; absent: the active one. */
  readonly backbone?: BackboneEntry | undefined;
  /** Labels that lie nearest, first in the list. */
  readonly nearest?: readonly GivenLabels[];
  /** What a question for a text begins with. */
  readonly typed?: string;
}

/** The labels of class folders, as they are listed. */
export function labelsOfClasses(targets: readonly TargetLabel[], images: ImageFolders): GivenLabels {
  const { folders, layouts = [] } = images;
  const areFolders = layouts.every((layout) => !layout || layout.kind === 'classes');
  return {
    targets,
    problems: [],
    name: basename(folders[0]),
    origin: areFolders
      ? plural(targets.length, '{0} class folder of {1}', '{0} class folders of {1}', titleOf(folders))
      : plural(targets.length, '{0} label from {1}', '{0} labels from {1}', titleOf(folders)),
    near: vscode.Uri.file(folders[0]),
    ...images,
    labelled: true,
  };
}

/** The labels of a document, with the senses and hints that a person gave. */
export function labelsOfAlignment(
  document: AlignmentDocument,
  uri: vscode.Uri,
): GivenLabels & { readonly near: vscode.Uri } {
  const targets = targetLabelsOf(document);
  const file = basename(uri.path);
  return {
    targets,
    problems: [],
    name: file.replace(/\.semap\.json$/i, ''),
    origin: plural(targets.length, '{0} label from {1}', '{0} labels from {1}', file),
    near: uri,
  };
}

/** Some of the labels, for a line. */
export function namesOf({ targets }: Pick<GivenLabels, 'targets'>): string {
  return say(
    listed(
      targets.map(({ name }) => name),
      NAMED,
    ),
  );
}

const NAMED = 6;

/** The classes of folders, as they are laid out. @throws {SemapError} where none of them can be read */
export async function classesOf(
  engine: Pick<Engine, 'call'>,
  { folders, layouts, split }: ImageFolders,
): Promise<readonly ClassFolder[]> {
  const layoutOf = new Map(folders.map((folder, i) => [folder, layouts?.[i]]));
  return inAnyOf(folders, (folder) =>
    engine.call('listClasses', { folder, layout: layoutOf.get(folder), split }),
  );
}

/** A class folder as a target label. */
export function targetOfClass({ label, sense }: ClassFolder): TargetLabel {
  return { name: label, sense };
}

/** Asks for labels to be typed. */
export async function askLabelText(ui: StepUi, value = ''): Promise<Answer<string>> {
  const { t } = vscode.l10n;
  return ui.input({
    prompt: t('Enter your labels, separated by commas'),
    placeholder: 'dog, cat, bird',
    value,
    validate: (text) =>
      namesIn(text).some((label) => label !== '') ? undefined : t('Enter at least one label.'),
  });
}

/** While a list in brackets is being typed, it is none yet. */
function namesIn(text: string): readonly string[] {
  try {
    return parseLabelList(text);
  } catch {
    return [];
  }
}
