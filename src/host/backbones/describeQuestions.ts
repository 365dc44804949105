import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { type BackboneSidecar, mergeSidecars } from '../../core/backbones/backboneSidecar.ts';
import {
  SCALINGS,
  type Scaling,
  type ScalingName,
  scalingName,
  scalingTitle,
} from '../../core/backbones/scalings.ts';
import { SemapError } from '../../core/errors.ts';
import { BUILT_IN_LABEL_SPACES } from '../../core/labels/labelSpaces.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import type { BackboneInspection } from '../../protocol/backbones.ts';
import { classNamesOf } from '../datasets/datasetScan.ts';
import { say } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type ListRow, pickFiles } from '../questions.ts';
import { writeFile } from '../writtenFiles.ts';
import type { TrialImage } from './tryBackbone.ts';

/** Of a list of labels. */
const SHOWN_NAMES = 4;

/** What is known of a backbone, and what the person has answered so far. */
export interface Answers {
  /** With what was answered about input and output. */
  inspection: BackboneInspection;
  said: BackboneSidecar;
  image?: TrialImage;
}

/** The description that the answers and what was known make. */
export function sidecarOf({ inspection, said }: Answers): BackboneSidecar {
  return mergeSidecars(inspection.known, said);
}

/** Adds an answer; one that was given before is replaced. */
export function answered(state: Answers, answer: BackboneSidecar): undefined {
  state.said = mergeSidecars(state.said, answer);
}

export async function askLabels(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { name, path, sourceCount, suggested, known, reasons } = state.inspection;
  const why = reasons.labels && say(reasons.labels);
  const usual = known.labels ?? suggested.labels;
  const own = Array.isArray(usual)
    ? [{ label: t('{0} names: {1}', usual.length, someOf(usual)), detail: why, labels: usual }]
    : usual !== undefined && !BUILT_IN_LABEL_SPACES.some((space) => space === usual)
      ? [{ icon: 'file', label: basename(usual as string), detail: why, labels: usual }]
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
  const folders = own.length + spaces.length === 0 ? await likelyFolders(sourceCount) : [];
  const file = {
    icon: 'file',
    label: t('From a File...'),
    // Where nothing is proposed, it says why.
    description: own.length + spaces.length + folders.length === 0 ? why : undefined,
    detail: t('JSON, CSV, or text with one name or wnid per line, in the order of the outputs'),
  };
  const doubts = state.inspection.notes.map((note) => ({
    ...inTwoLines(say(note)),
    icon: 'warning',
    note: true,
  }));
  const item = await ui.pick<
    ListRow & { readonly labels?: string | readonly string[]; readonly note?: boolean }
  >({
    placeholder:
      sourceCount === undefined
        ? t('Select the labels of its outputs')
        : t('Select the labels of its {0} outputs', sourceCount.toLocaleString(vscode.env.language)),
    items: [
      ...own,
      ...spaces.map((space) => withReason(space, space.labels === usual, reasons.labels)),
      ...folders,
      file,
      ...doubts,
    ],
    active: ({ labels }) => labels !== undefined && labels === usual,
  });
  if (item === BACK || item === CANCEL) return item;
  if (item.note) return askLabels(state, ui);
  if (item.labels !== undefined) return answered(state, { labels: item.labels });
  const picked = await pickFiles({
    title: t('Labels of {0}', name),
    filters: { [t('Label lists')]: ['txt', 'csv', 'json'], [t('All files')]: ['*'] },
    defaultUri: vscode.Uri.file(dirname(path)),
  });
  if (!picked) return askLabels(state, ui);
  return answered(state, { labels: picked[0].fsPath });
}

/** Class folders of the workspace that are as many as the outputs: what it was trained on may be among them. */
async function likelyFolders(
  sourceCount: number | undefined,
): Promise<readonly (ListRow & { readonly labels: readonly string[] })[]> {
  const { workspaceFolders = [], isTrusted } = vscode.workspace;
  if (sourceCount === undefined || sourceCount < 2) return [];
  const roots = workspaceFolders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
  return (await classNamesOf(roots, sourceCount, isTrusted)).map(({ dataset, names }) => ({
    icon: 'folder',
    label: vscode.l10n.t('Class folders of {0}', dataset),
    description: vscode.l10n.t('sorted by name, as PyTorch and Keras do'),
    detail: someOf(names),
    labels: names,
  }));
}

/** A row has two lines, which are cut: what is wrong, and what to do. */
function inTwoLines(text: string): Pick<ListRow, 'label' | 'detail'> {
  const [label, ...rest] = text.split(/(?<=[.!?。！？])\s+/);
  return { label, ...(rest.length > 0 && { detail: rest.join(' ') }) };
}

/** The first names of a list: whether they are the right ones, a person sees at once. */
function someOf(names: readonly string[]): string {
  return names.length > SHOWN_NAMES ? `${names.slice(0, SHOWN_NAMES).join(', ')}, ...` : names.join(', ');
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
  const side = Number(text);
  return answered(state, { preprocessing: { size: { height: side, width: side } } });
}

export async function askScaling(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { known, suggested, reasons, input } = state.inspection;
  const usual = scalingName({ ...suggested.preprocessing, ...known.preprocessing });
  const isGray = input.channels < 3;
  const details: Readonly<Record<ScalingName, string>> = {
    imagenet: t('PyTorch, timm, torchvision: {0}', '(p / 255 - mean) / std'),
    zeroToOne: 'p / 255',
    mnist: t('Digits in PyTorch: {0}', '(p / 255 - 0.1307) / 0.3081'),
    minusOneToOne: t('TensorFlow, Inception, MobileNet: {0}', 'p / 127.5 - 1'),
    raw: t('Raw pixels. The graph scales them itself.'),
    caffe: t('Caffe: {0}. Usually with BGR.', 'p - (123.68, 116.78, 103.94)'),
    signed: t('Signed bytes: {0}', 'p - 128'),
  };
  const offered = (Object.keys(SCALINGS) as ScalingName[]).filter(
    (name) => name !== (isGray ? 'caffe' : 'mnist'),
  );
  const presets = offered.map((name) =>
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
  return answered(state, { preprocessing: item.scaling });
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

/** A proposal with the reason for which it is one. */
export function withReason<T extends ListRow>(item: T, isGuess: boolean, reason: Text | undefined): T {
  if (!isGuess || !reason) return item;
  return { ...item, description: vscode.l10n.t('Likely. {0}', say(reason)) };
}
