import * as vscode from 'vscode';
import { suggestLabels } from '../../capabilities/suggestLabels.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import type { SuggestedLabel } from '../../core/labels/suggestedLabels.ts';
import { labelList } from '../../core/labels/targetLabels.ts';
import { imageCount, percent } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import type { LabelSuggestions } from '../../protocol/alignments.ts';
import type { BackboneEntry } from '../../protocol/backbones.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { withDescription } from '../backbones/describeBackbone.ts';
import { titleOf } from '../files.ts';
import { plural, say } from '../language.ts';
import { withCancel } from '../messages.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type ListRow, pickFolder } from '../questions.ts';
import { sessionOf } from '../session.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { askLabelText, type GivenLabels, type WantedLabels } from './givenLabels.ts';

interface SuggestParts {
  readonly engine: Engine;
  readonly library: Pick<BackboneLibrary, 'active'>;
}

interface SuggestionItem extends ListRow {
  readonly proposed?: boolean;
}

/** From such a share of the images on, one label is all that they show. */
const NEARLY_ALL = 0.9;

/**
 * Labels from what a backbone makes of images: it looks at a sample, the person picks and edits what it saw.
 * @param read makes labels of the text
 * @returns undefined where the person cancelled the look, or closed the dialog for the folder
 */
export async function askForSuggestions(
  ui: StepUi,
  wanted: WantedLabels,
  parts: SuggestParts,
  read: (text: string, folders: readonly string[]) => Promise<GivenLabels>,
): Promise<Answer<GivenLabels | undefined>> {
  const folders = wanted.folders ?? (await askImages());
  const backbone = wanted.backbone ?? (await parts.library.active());
  if (!folders) return undefined;
  if (!backbone) throw new SemapError('not-found', phrase('No backbones found.'));
  const found = await lookAt(folders, backbone, parts.engine);
  if (!found) return undefined;
  const items = itemsOf(found);
  let picked = items.filter(({ proposed }) => proposed);
  for (;;) {
    const answer = await ui.pickMany({
      placeholder: questionOf(found, backbone.name),
      items,
      picked: (item) => picked.includes(item),
    });
    if (answer === BACK || answer === CANCEL) return answer;
    picked = [...answer];
    const text = await askLabelText(ui, labelList(picked.map(({ label }) => label)));
    if (text === CANCEL) return text;
    if (text !== BACK) return read(text, folders);
  }
}

async function askImages(): Promise<readonly string[] | undefined> {
  const { t } = vscode.l10n;
  const folder = await pickFolder(t('Select a folder of images to suggest labels from'), t('Suggest Labels'));
  return folder && [folder.fsPath];
}

/** Runs a sample of the images; undefined where the person cancelled. */
async function lookAt(
  folders: readonly string[],
  backbone: BackboneEntry,
  engine: Engine,
): Promise<LabelSuggestions | undefined> {
  const title = vscode.l10n.t('Looking at images of {0} with {1}', titleOf(folders), backbone.name);
  try {
    return await withDescription(engine, backbone.path, async () =>
      withCancel(title, (signal, report) =>
        suggestLabels({ folders, backbone: backbone.path }, sessionOf(engine, signal, report)),
      ),
    );
  } catch (error) {
    if (toSemapError(error).reason === 'cancelled') return undefined;
    throw error;
  }
}

/** What was seen: labels, and behind them the source labels that some of them stand for. */
function itemsOf({ labels, images }: LabelSuggestions): readonly SuggestionItem[] {
  const { t } = vscode.l10n;
  const separator = (label: string): SuggestionItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const row = ({ label, images: alike, proposed }: SuggestedLabel): SuggestionItem => ({
    label,
    description: say(phrase('{0}, {1}', imageCount(alike), percent(alike / images))),
    proposed,
  });
  const taken = new Set(labels.map(({ label }) => label));
  const kinds = labels.flatMap(({ label, kinds: ofIt }) =>
    ofIt
      .filter((kind) => !taken.has(kind.label))
      .map((kind) => ({
        label: kind.label,
        description: t('{0}, listed as {1}', say(imageCount(kind.images)), label),
      })),
  );
  const rare = labels.filter(({ proposed }) => !proposed);
  return [
    ...labels.filter(({ proposed }) => proposed).map(row),
    ...(rare.length > 0 ? [separator(t('on few images')), ...rare.map(row)] : []),
    ...(kinds.length > 0 ? [separator(t('more precise')), ...kinds] : []),
  ];
}

function questionOf({ labels: [first], images, found }: LabelSuggestions, backbone: string): string {
  const { t } = vscode.l10n;
  if (first && first.images >= NEARLY_ALL * images) {
    return t('Nearly all images look like {0} to {1}. Add the labels to tell apart.', first.label, backbone);
  }
  return plural(
    images,
    'Select labels. {2} has looked at {0} image of {1}.',
    'Select labels. {2} has looked at {0} of {1} images.',
    found.toLocaleString(vscode.env.language),
    backbone,
  );
}
