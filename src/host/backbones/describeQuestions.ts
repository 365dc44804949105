import { dirname } from 'node:path';
import * as vscode from 'vscode';
import {
  type BackboneSidecar,
  mergeSidecars,
  type SidecarPreprocessing,
} from '../../core/backbones/backboneSidecar.ts';
import {
  SCALINGS,
  type Scaling,
  type ScalingName,
  scalingName,
  scalingTitle,
} from '../../core/backbones/scalings.ts';
import { SemapError } from '../../core/errors.ts';
import type { ChannelOrder } from '../../core/images/preprocessing.ts';
import type { OutputKind } from '../../core/onnx/scoreReading.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import type { BackboneInspection } from '../../protocol/backbones.ts';
import { writeFile } from '../files.ts';
import { say } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type ListRow, pickFiles } from '../questions.ts';
import type { TrialImage } from './tryBackbone.ts';

/** What is known of a backbone, and what the person has answered so far. */
export interface Answers {
  readonly inspection: BackboneInspection;
  labels?: string | readonly string[] | undefined;
  size?: number;
  scaling?: Pick<SidecarPreprocessing, 'rescale_factor' | 'image_mean' | 'image_std'>;
  channels?: ChannelOrder | undefined;
  output?: OutputKind;
  image?: TrialImage;
}

/** The description that the answers and what was known make. */
export function sidecarOf({ inspection, labels, size, scaling, channels, output }: Answers): BackboneSidecar {
  const preprocessing: SidecarPreprocessing = {
    ...inspection.known.preprocessing,
    ...scaling,
    ...(channels && { channels }),
    ...(size !== undefined && { size: { height: size, width: size } }),
  };
  return {
    ...inspection.known,
    ...(labels && { labels }),
    ...(output && { output }),
    ...(Object.keys(preprocessing).length > 0 && { preprocessing }),
  };
}

export async function askLabels(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { name, path, sourceCount, suggested, known, reasons } = state.inspection;
  const why = reasons.labels && say(reasons.labels);
  const usual = known.labels ?? suggested.labels;
  const own = Array.isArray(usual)
    ? [{ label: t('{0} names in the file', usual.length), detail: why, labels: usual }]
    : [];
  const spaces = [
    { label: 'ImageNet-1k', detail: t('1,000 labels, ordered by wnid'), labels: 'imagenet-1k', count: 1000 },
    {
      label: t('ImageNet-1k with background'),
      detail: t('1,001 labels, starting with the background'),
      labels: 'imagenet-1k-background',
      count: 1001,
    },
  ].filter(({ count }) => sourceCount === undefined || count === sourceCount);
  const file = {
    icon: 'file',
    label: t('From a File...'),
    // Where nothing is proposed, it says why.
    description: own.length + spaces.length === 0 ? why : undefined,
    detail: t('JSON, CSV, or text with one name or wnid per line, in the order of the outputs'),
  };
  const item = await ui.pick<ListRow & { readonly labels?: string | readonly string[] }>({
    placeholder:
      sourceCount === undefined
        ? t('Select the labels of its outputs')
        : t('Select the labels of its {0} outputs', sourceCount.toLocaleString(vscode.env.language)),
    items: [
      ...own,
      ...spaces.map((space) => withReason(space, space.labels === usual, reasons.labels)),
      file,
    ],
    active: ({ labels }) => labels !== undefined && labels === usual,
  });
  if (item === BACK || item === CANCEL) return item;
  if (item.labels !== undefined) {
    state.labels = item.labels;
    return undefined;
  }
  const picked = await pickFiles({
    title: t('Labels of {0}', name),
    filters: { [t('Label lists')]: ['txt', 'csv', 'json'], [t('All files')]: ['*'] },
    defaultUri: vscode.Uri.file(dirname(path)),
  });
  if (!picked) return askLabels(state, ui);
  state.labels = picked[0].fsPath;
}

export async function askSize(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const text = await ui.input({
    prompt: t('Size of its square input images, in pixels'),
    value: '224',
    validate: (value) => {
      const side = Number(value);
      return Number.isInteger(side) && side >= 8 && side <= 4096
        ? undefined
        : t('Enter a whole number from 8 to 4096.');
    },
  });
  if (text === BACK || text === CANCEL) return text;
  state.size = Number(text);
}

export async function askScaling(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { known, suggested, reasons } = state.inspection;
  const usual = scalingName({ ...suggested.preprocessing, ...known.preprocessing });
  const details: Readonly<Record<ScalingName, string>> = {
    imagenet: t('PyTorch, timm, torchvision: {0}', '(p / 255 - mean) / std'),
    zeroToOne: 'p / 255',
    minusOneToOne: t('TensorFlow, Inception, MobileNet: {0}', 'p / 127.5 - 1'),
    raw: t('Raw pixels. The graph scales them itself.'),
    caffe: t('Caffe: {0}. Usually with BGR.', 'p - (123.68, 116.78, 103.94)'),
    signed: t('Signed bytes: {0}', 'p - 128'),
  };
  const presets = (Object.keys(SCALINGS) as ScalingName[]).map((name) =>
    withReason(
      { label: say(scalingTitle(name)), detail: details[name], name, scaling: SCALINGS[name] },
      name === usual,
      reasons.scaling,
    ),
  );
  const item = await ui.pick<ListRow & { readonly name?: ScalingName; readonly scaling?: Scaling }>({
    placeholder: t('Select how pixels are scaled. A wrong scaling makes predictions wrong.'),
    items: [
      ...presets,
      { icon: 'edit', label: t('Other...'), detail: t('Edit the description file beside the model') },
    ],
    active: ({ name }) => name !== undefined && name === usual,
  });
  if (item === BACK || item === CANCEL) return item;
  if (item.scaling === undefined) {
    await openDescriptionFile(state);
    return CANCEL;
  }
  state.scaling = item.scaling;
}

/** Opens `<name>.backbone.json` beside the model, filled with what is known and what is usual when it is new. */
async function openDescriptionFile(state: Answers): Promise<void> {
  const { path, name, suggested } = state.inspection;
  const uri = vscode.Uri.file(path.replace(/(\.onnx)?$/i, '.backbone.json'));
  const text = `${JSON.stringify(mergeSidecars(suggested, sidecarOf(state)), undefined, 2)}\n`;
  if (!(await isTaken(uri.fsPath))) {
    try {
      const workspace = vscode.workspace.getWorkspaceFolder(uri)?.uri;
      await writeFile(uri, new TextEncoder().encode(text), workspace ?? vscode.Uri.file(dirname(path)));
    } catch (cause) {
      throw new SemapError('not-writable', phrase('Cannot write the description of {0}.', name), {
        hint: phrase('Copy the model to a folder that you can write to.'),
        cause,
      });
    }
  }
  await vscode.window.showTextDocument(uri);
}

export async function askChannels(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { known, suggested, reasons } = state.inspection;
  // Caffe's mean goes with Caffe's order, whatever the guess was.
  const usual =
    known.preprocessing?.channels ??
    (state.scaling && scalingName(state.scaling) === 'caffe' ? 'bgr' : suggested.preprocessing?.channels);
  const item = await ui.pick({
    placeholder: t('Select the order of color channels'),
    items: [
      { label: 'RGB', detail: t('PyTorch, TensorFlow and nearly all others'), value: 'rgb' as const },
      { label: 'BGR', detail: t('Caffe, OpenCV'), value: 'bgr' as const },
    ].map((one) => withReason(one, one.value === usual, reasons.channels)),
    active: ({ value }) => value === usual,
  });
  if (item === BACK || item === CANCEL) return item;
  state.channels = item.value;
}

export async function askOutput(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { known, output, reasons } = state.inspection;
  const item = await ui.pick({
    placeholder: t('Select what the outputs are'),
    items: [
      { label: t('Logits'), detail: t('Any numbers; the highest wins'), value: 'logits' as const },
      {
        label: t('Probabilities'),
        detail: t('After a softmax; they sum to 1'),
        value: 'probabilities' as const,
      },
      {
        label: t('A probability for each label (multi-label)'),
        detail: t('After a sigmoid; several labels may apply'),
        value: 'sigmoid' as const,
      },
    ].map((one) => withReason(one, one.value === output, reasons.output)),
    active: ({ value }) => value === (known.output ?? output),
  });
  if (item === BACK || item === CANCEL) return item;
  state.output = item.value;
}

/** A proposal with the reason for which it is one. */
function withReason<T extends ListRow>(item: T, isGuess: boolean, reason: Text | undefined): T {
  if (!isGuess || !reason) return item;
  return { ...item, description: vscode.l10n.t('likely: {0}', say(reason)) };
}
