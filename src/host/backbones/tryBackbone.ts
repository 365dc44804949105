import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { BackboneSidecar, SidecarPreprocessing } from '../../core/backbones/backboneSidecar.ts';
import { scalingTitle } from '../../core/backbones/scalings.ts';
import { percent } from '../../core/text/numbers.ts';
import type { BackboneReading, BackboneTrial } from '../../protocol/backbones.ts';
import { exampleImages } from '../datasets/datasetScan.ts';
import { say } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type ListRow, pickFiles } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** Images of the workspace that are offered before the file dialog: with known labels, and without. */
const LABELLED = 6;
const OFFERED = 3;

/** An image to try a backbone on. */
export interface TrialImage {
  readonly path: string;
  /** What it shows, where that is known. */
  readonly label?: string;
}

/** What a person made of a trial: all is right, or another reading is. */
export type TrialVerdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'other'; readonly preprocessing: SidecarPreprocessing };

type ImageRow = ListRow & { readonly image?: TrialImage; readonly choose?: true };

type Row = ListRow & { readonly verdict?: TrialVerdict; readonly again?: true };

/**
 * Asks for an image to try a backbone on.
 * @param canSkip whether to offer to go without
 * @returns undefined to go without
 */
export async function askTrialImage(
  ui: StepUi,
  backbone: string,
  canSkip: boolean,
): Promise<Answer<TrialImage | undefined>> {
  const { t } = vscode.l10n;
  const choose: ImageRow = { icon: 'folder-opened', label: t('Choose Image...'), choose: true };
  const skip: ImageRow = { icon: 'debug-step-over', label: t('Skip the Test') };
  const load = async () => {
    const images = await offeredImages();
    return [
      ...images.map(
        (image): ImageRow => ({
          icon: 'file-media',
          label: image.label ?? basename(image.path),
          description: vscode.workspace.asRelativePath(image.path),
          image,
        }),
      ),
      choose,
      ...(canSkip ? [skip] : []),
    ];
  };
  const item = await ui.pick<ImageRow>({
    placeholder: t('Test it on an image you know: wrong scaling or colors show at once'),
    items: load(),
  });
  if (item === BACK || item === CANCEL) return item;
  if (!item.choose) return item.image;
  const [picked] =
    (await pickFiles({
      title: t('Image to test {0} on', backbone),
      openLabel: t('Test'),
      filters: { [t('Images')]: ['jpg', 'jpeg', 'png', 'webp', 'bmp', 'gif', 'tif', 'tiff', 'ppm'] },
    })) ?? [];
  return picked ? { path: picked.fsPath } : askTrialImage(ui, backbone, canSkip);
}

/** Images whose label is known, one a label, as far as the workspace has class folders; otherwise any. */
async function offeredImages(): Promise<readonly TrialImage[]> {
  const { workspaceFolders = [], isTrusted } = vscode.workspace;
  const roots = workspaceFolders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
  const labelled = await exampleImages(roots, LABELLED, isTrusted);
  if (labelled.length > 0) return labelled;
  const found = await vscode.workspace.findFiles('**/*.{jpg,jpeg,png,webp}', '**/node_modules/**', OFFERED);
  return found.map(({ fsPath }) => ({ path: fsPath }));
}

/**
 * Shows an image, its five best source labels, and what other scalings and colours would give.
 * @param confirm what the row says by which the person accepts
 */
export async function showTrial(
  engine: Engine,
  ui: StepUi,
  about: {
    readonly backbone: string;
    readonly sidecar?: BackboneSidecar | undefined;
    readonly image: TrialImage;
  },
  confirm: string,
): Promise<Answer<TrialVerdict | 'another'>> {
  const { t } = vscode.l10n;
  const { image } = about;
  const load = async (): Promise<Row[]> => {
    const trial = await engine.call('tryBackbone', { ...about, image: image.path });
    return [
      { icon: 'check', label: confirm, description: milliseconds(trial), verdict: { kind: 'right' } },
      { icon: 'file-media', label: t('Test Another Image...'), again: true },
      separator(t('Predictions')),
      ...trial.best.map(({ label, probability }) => ({
        icon: 'dash',
        label,
        description: percent(probability),
        verdict: { kind: 'right' as const },
      })),
      separator(t('Predictions with other settings')),
      ...trial.others.map((other) => ({
        icon: 'arrow-swap',
        label: `${say(scalingTitle(other.scaling))}, ${other.channels.toUpperCase()}`,
        description: readingText(other),
        verdict: { kind: 'other' as const, preprocessing: other.preprocessing },
      })),
    ];
  };
  const name = basename(image.path);
  const placeholder =
    image.label === undefined
      ? t('Is {0} recognized? The most confident reading is not always right.', name)
      : t('Is {0} recognized as {1}? The most confident reading is not always right.', name, image.label);
  const item = await whileShown(image.path, () => ui.pick<Row>({ placeholder, items: load() }));
  if (item === BACK || item === CANCEL) return item;
  return item.again ? 'another' : (item.verdict ?? { kind: 'right' });
}

/** Shows an image behind a list for as long as the list is open. A tab that the person had open stays. */
async function whileShown<T>(image: string, ask: () => Promise<T>): Promise<T> {
  const uri = vscode.Uri.file(image);
  const tabs = () =>
    vscode.window.tabGroups.all
      .flatMap((group) => group.tabs)
      .filter(({ input }) => String((input as { uri?: unknown } | undefined)?.uri) === String(uri));
  const before = new Set(tabs());
  // The list has the focus, and does not wait for the picture.
  const opening = vscode.commands.executeCommand('vscode.open', uri, { preview: true, preserveFocus: true });
  const shown = Promise.resolve(opening).catch(() => undefined);
  try {
    return await ask();
  } finally {
    await shown;
    await vscode.window.tabGroups.close(
      tabs().filter((tab) => !before.has(tab)),
      true,
    );
  }
}

function readingText({ best }: BackboneReading): string {
  return best
    .slice(0, 3)
    .map(({ label, probability }) => `${label} ${percent(probability)}`)
    .join(' · ');
}

function milliseconds({ milliseconds: time }: BackboneTrial): string {
  return vscode.l10n.t('{0} ms per image', time.toFixed(0));
}

function separator(label: string): Row {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
