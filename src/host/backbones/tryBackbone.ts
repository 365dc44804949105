import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { BackboneSidecar, SidecarPreprocessing } from '../../core/backbones/backboneSidecar.ts';
import type { LabelOrderFound } from '../../core/backbones/labelOrders.ts';
import { scalingTitle } from '../../core/backbones/scalings.ts';
import { percent } from '../../core/text/numbers.ts';
import type { BackboneReading, BackboneTrial, PreparationReading } from '../../protocol/backbones.ts';
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
  /** The folder of its class folder: settings are measured on the images in it. */
  readonly among?: string;
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
 * @param labels what it knows, where that is a list: images of such classes are offered first
 * @returns undefined to go without
 */
export async function askTrialImage(
  ui: StepUi,
  backbone: string,
  canSkip: boolean,
  labels: readonly string[] = [],
): Promise<Answer<TrialImage | undefined>> {
  const { t } = vscode.l10n;
  const choose: ImageRow = { icon: 'folder-opened', label: t('Choose Image...'), choose: true };
  const skip: ImageRow = { icon: 'debug-step-over', label: t('Skip the Test') };
  const load = async () => {
    const images = await offeredImages(labels);
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
  return picked ? { path: picked.fsPath } : askTrialImage(ui, backbone, canSkip, labels);
}

/** Images whose label is known, one a label, as far as the workspace has class folders; otherwise any. */
async function offeredImages(labels: readonly string[]): Promise<readonly TrialImage[]> {
  const { workspaceFolders = [], isTrusted } = vscode.workspace;
  const roots = workspaceFolders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
  const labelled = await exampleImages(roots, LABELLED, isTrusted, labels);
  if (labelled.length > 0)
    return labelled.map((image) => ({ ...image, among: dirname(dirname(image.path)) }));
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
  const { image, ...asked } = about;
  const load = async (): Promise<Row[]> => {
    const trial = await engine.call('tryBackbone', { ...asked, image: image.path });
    return [
      { icon: 'check', label: confirm, description: milliseconds(trial), verdict: { kind: 'right' } },
      { icon: 'file-media', label: t('Test Another Image...'), again: true },
      ...(trial.constant
        ? [
            {
              icon: 'warning',
              label: t('All source labels have the same score. The model may be untrained or damaged.'),
              verdict: { kind: 'right' as const },
            },
          ]
        : []),
      separator(t('Predictions')),
      ...trial.best.map(({ label, probability }) => ({
        icon: 'dash',
        label,
        description: percent(probability),
        verdict: { kind: 'right' as const },
      })),
      separator(t('With other settings')),
      // What is measured follows them, and is to be seen without scrolling.
      ...trial.others.slice(0, image.among === undefined ? undefined : FEW_OTHERS).map((other) => ({
        icon: 'arrow-swap',
        label: readingTitle(other),
        description: readingText(other),
        verdict: { kind: 'other' as const, preprocessing: other.preprocessing },
      })),
    ];
  };
  const closed = new AbortController();
  const measured = async (): Promise<readonly Row[]> => {
    if (image.among === undefined) return [];
    const params = { ...asked, image: image.path, beside: [image.among] };
    const trial = await engine.call('tryBackbone', params, { signal: closed.signal }).catch(() => undefined);
    return trial ? measuredRows(trial) : [];
  };
  const name = basename(image.path);
  const placeholder =
    image.label === undefined
      ? t('Is {0} recognized? The most confident is not always right.', name)
      : t('Is it recognized as {0}? The most confident is not always right.', image.label);
  try {
    const item = await whileShown(image.path, () => {
      const items = load();
      // One after the other: both load the model.
      const more = items.then(measured, () => []);
      return ui.pick<Row>({ placeholder, items, more });
    });
    if (item === BACK || item === CANCEL) return item;
    return item.again ? 'another' : (item.verdict ?? { kind: 'right' });
  } finally {
    closed.abort();
  }
}

/** How many other settings are shown where measured ones follow. */
const FEW_OTHERS = 4;
/** How many settings that were measured are shown. */
const MOST_MEASURED = 3;

/** What several images say of the settings, the likeliest first. */
export function measuredRows({ measured, others }: BackboneTrial): readonly Row[] {
  const { t } = vscode.l10n;
  if (!measured) return [];
  const { images, likelihood, accuracy, sureness, sure, doubt, order } = measured;
  const own = { label: t('These Settings'), likelihood, accuracy, verdict: { kind: 'right' as const } };
  const rows = [
    own,
    ...others.map((other) => ({
      label: readingTitle(other),
      likelihood: other.likelihood ?? 0,
      accuracy: other.accuracy,
      verdict: { kind: 'other' as const, preprocessing: other.preprocessing },
    })),
  ].sort((a, b) => b.likelihood - a.likelihood);
  return [
    separator(
      sure
        ? t('Measured on {0} images: {1} sure', images, percent(sureness))
        : doubt === 'chance'
          ? t('Measured on {0} images: none is better than chance', images)
          : t('Measured on {0} images: too near to tell', images),
    ),
    ...rows.slice(0, MOST_MEASURED).map(({ label, likelihood, accuracy, verdict }, i) => ({
      icon: i === 0 && sure ? 'star-full' : 'dash',
      label,
      description:
        accuracy === undefined
          ? t('{0} likely', percent(likelihood))
          : t('{0} likely, {1} right', percent(likelihood), percent(accuracy)),
      verdict,
    })),
    ...(order ? [{ icon: 'warning', ...orderRow(order), verdict: { kind: 'right' as const } }] : []),
  ];
}

/** That the labels are in another order than the outputs. */
function orderRow({ order, accuracy, listed }: LabelOrderFound): Pick<Row, 'label' | 'description'> {
  const { t } = vscode.l10n;
  const isShifted = order === 'background-first' || order === 'one-missing-first';
  return {
    label: isShifted
      ? t('The labels seem to be shifted by one')
      : t('Labels or outputs seem to be sorted as text (0, 1, 10, 2)'),
    description: t('{0} of the images right instead of {1}', percent(accuracy), percent(listed)),
  };
}

/** `0 to 1, BGR` */
function readingTitle({ scaling, channels, inverted }: PreparationReading): string {
  const { t } = vscode.l10n;
  const order = channels === 'gray' ? t('Gray') : channels.toUpperCase();
  const title = say(scalingTitle(scaling));
  return inverted ? t('{0}, {1}, light and dark swapped', title, order) : `${title}, ${order}`;
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
