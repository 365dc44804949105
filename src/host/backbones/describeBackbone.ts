import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import {
  type BackboneSidecar,
  mergeSidecars,
  type SidecarPreprocessing,
} from '../../core/documents/backboneSidecar.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import type { BackboneInspection } from '../../protocol/backbones.ts';
import { type Answer, BACK, CANCEL, runWizard, type StepUi, type WizardStep } from '../multiStep.ts';
import type { Engine } from '../supervisor/engineClient.ts';

interface Answers {
  readonly inspection: BackboneInspection;
  labels?: string;
  size?: number;
  scaling?: Scaling;
  channels?: 'rgb' | 'bgr';
  output?: 'logits' | 'probabilities';
}

type Scaling = Pick<SidecarPreprocessing, 'rescale_factor' | 'image_mean' | 'image_std'>;

interface ScalingPreset {
  readonly label: string;
  readonly detail: string;
  readonly scaling: Scaling;
}

/** What people train with; the names are those under which the recipes are known. */
function scalingPresets(): readonly ScalingPreset[] {
  const { t } = vscode.l10n;
  const plain = { image_mean: [0, 0, 0], image_std: [1, 1, 1] };
  return [
    {
      label: t('ImageNet mean and deviation'),
      detail: t('PyTorch, timm, torchvision: {0}', '(p / 255 - mean) / std'),
      scaling: {
        rescale_factor: 1 / 255,
        image_mean: [0.485, 0.456, 0.406],
        image_std: [0.229, 0.224, 0.225],
      },
    },
    { label: t('0 to 1'), detail: 'p / 255', scaling: { ...plain, rescale_factor: 1 / 255 } },
    {
      label: t('-1 to 1'),
      detail: t('TensorFlow, Inception, MobileNet: {0}', 'p / 127.5 - 1'),
      scaling: { rescale_factor: 1 / 127.5, image_mean: [1, 1, 1], image_std: [1, 1, 1] },
    },
    {
      label: t('0 to 255'),
      detail: t('Raw pixels; scaling is inside the graph'),
      scaling: { ...plain, rescale_factor: 1 },
    },
    {
      label: t('0 to 255 minus the ImageNet mean'),
      detail: t('Caffe: {0}; usually with BGR', 'p - (123.68, 116.78, 103.94)'),
      scaling: { rescale_factor: 1, image_mean: [123.68, 116.78, 103.94], image_std: [1, 1, 1] },
    },
  ];
}

/**
 * Asks for what neither the graph nor a sidecar tells about a backbone and has the engine remember it.
 * @returns whether it is described now
 * @throws {SemapError} when the file is no usable classifier, or the answers do not fit it
 */
export async function describeBackbone(engine: Engine, backbone: string): Promise<boolean> {
  const inspection = await engine.call('inspectBackbone', { backbone });
  const answers: Answers = { inspection };
  const missing = inspection.missing.length > 0 ? inspection.missing : undefined;
  // Somebody who describes a backbone that is complete wants to correct it: everything is asked then.
  const asks = (...fields: string[]) => !missing || missing.some((field) => fields.includes(field));
  const steps: WizardStep<Answers>[] = [
    { when: () => asks('labels'), ask: askLabels },
    { when: () => asks('size') && inspection.input.height === undefined, ask: askSize },
    { when: () => asks('rescale_factor', 'image_mean', 'image_std'), ask: askScaling },
    { when: () => asks('channels'), ask: askChannels },
    { when: () => inspection.output === undefined || !missing, ask: askOutput },
  ];
  const title = vscode.l10n.t('SeMap: Describe Backbone {0}', inspection.name);
  if (!(await runWizard(title, steps, answers))) return false;
  await engine.call('describeBackbone', { backbone, sidecar: sidecarOf(answers), remember: true });
  return true;
}

/** Does `work`; when the backbone lacks a description, asks for it and does it again. Undefined when that was cancelled. */
export async function withDescription<T>(
  engine: Engine,
  backbone: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (toSemapError(error).reason !== 'needs-description') throw error;
    return (await describeBackbone(engine, backbone)) ? work() : undefined;
  }
}

function sidecarOf({ inspection, labels, size, scaling, channels, output }: Answers): BackboneSidecar {
  const preprocessing: SidecarPreprocessing = {
    ...inspection.known.preprocessing,
    ...scaling,
    ...(channels === undefined ? {} : { channels }),
    ...(size === undefined ? {} : { size: { height: size, width: size } }),
  };
  return {
    ...inspection.known,
    ...(labels === undefined ? {} : { labels }),
    ...(output === undefined ? {} : { output }),
    ...(Object.keys(preprocessing).length === 0 ? {} : { preprocessing }),
  };
}

async function askLabels(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { sourceCount, suggested, known } = state.inspection;
  const usual = known.labels ?? suggested.labels;
  const file = {
    label: `$(file) ${t('From a File...')}`,
    detail: t('One name or wnid a line, in the order of the outputs'),
    value: '',
  };
  const spaces = [
    {
      label: 'ImageNet-1k',
      detail: t('1,000 labels in the order of their wnids'),
      value: 'imagenet-1k',
      count: 1000,
    },
    {
      label: t('ImageNet-1k and background'),
      detail: t('1,001 labels, the background first'),
      value: 'imagenet-1k-background',
      count: 1001,
    },
  ];
  const item = await ui.pick<vscode.QuickPickItem & { value: string }>({
    placeholder:
      sourceCount === undefined
        ? t('What do its outputs mean?')
        : t('What do its {0} outputs mean?', sourceCount),
    items: [...spaces.filter(({ count }) => sourceCount === undefined || count === sourceCount), file],
    active: ({ value }) => value === usual,
  });
  if (item === BACK || item === CANCEL) return item;
  if (item.value !== '') {
    state.labels = item.value;
    return undefined;
  }
  const picked = await vscode.window.showOpenDialog({
    title: t('Labels of {0}', state.inspection.name),
    filters: { [t('Label lists')]: ['txt', 'csv', 'json'], [t('All files')]: ['*'] },
    defaultUri: vscode.Uri.file(dirname(state.inspection.path)),
  });
  if (!picked) return askLabels(state, ui);
  state.labels = picked[0].fsPath;
  return undefined;
}

async function askSize(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const text = await ui.input({
    prompt: t('Side of the square images that it takes, in pixels'),
    value: '224',
    validate: (value) => {
      const side = Number(value);
      return Number.isInteger(side) && side >= 8 && side <= 4096
        ? undefined
        : t('A whole number from 8 to 4096.');
    },
  });
  if (text === BACK || text === CANCEL) return text;
  state.size = Number(text);
  return undefined;
}

async function askScaling(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { known, suggested } = state.inspection;
  const usual = { ...suggested.preprocessing, ...known.preprocessing };
  const other = {
    label: `$(edit) ${t('Other...')}`,
    detail: t('Write it into a description file beside the model'),
    scaling: undefined,
  };
  const item = await ui.pick<ScalingPreset | typeof other>({
    placeholder: t('How are its pixels scaled? A wrong answer gives wrong predictions.'),
    items: [...scalingPresets(), other],
    active: ({ scaling }) =>
      scaling?.rescale_factor === usual.rescale_factor &&
      String(scaling?.image_mean) === String(usual.image_mean) &&
      String(scaling?.image_std) === String(usual.image_std),
  });
  if (item === BACK || item === CANCEL) return item;
  if (item.scaling === undefined) {
    await writeDescriptionFile(state);
    return CANCEL;
  }
  state.scaling = item.scaling;
  return undefined;
}

/** Opens `<name>.backbone.json` beside the model, filled with what is known and what is usual when it is new. */
async function writeDescriptionFile(state: Answers): Promise<void> {
  const { path, name, suggested } = state.inspection;
  const uri = vscode.Uri.file(path.replace(/(\.onnx)?$/i, '.backbone.json'));
  const text = `${JSON.stringify(mergeSidecars(suggested, sidecarOf(state)), undefined, 2)}\n`;
  if (!(await exists(uri))) {
    try {
      await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
    } catch (cause) {
      throw new SemapError(
        'not-writable',
        vscode.l10n.t('The description of {0} could not be written.', name),
        {
          hint: vscode.l10n.t('Copy the model to a folder where you can write.'),
          cause,
        },
      );
    }
  }
  await vscode.window.showTextDocument(uri);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

async function askChannels(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const item = await ui.pick({
    placeholder: t('Which order of colours does it expect?'),
    items: [
      { label: 'RGB', detail: t('PyTorch, TensorFlow, nearly all others'), value: 'rgb' as const },
      { label: 'BGR', detail: t('Caffe, OpenCV'), value: 'bgr' as const },
    ],
    active: ({ value }) => value === state.inspection.known.preprocessing?.channels,
  });
  if (item === BACK || item === CANCEL) return item;
  state.channels = item.value;
  return undefined;
}

async function askOutput(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const item = await ui.pick({
    placeholder: t('What are its scores?'),
    items: [
      { label: t('Logits'), detail: t('Any numbers, the highest wins'), value: 'logits' as const },
      {
        label: t('Probabilities'),
        detail: t('After a softmax: they sum to one'),
        value: 'probabilities' as const,
      },
    ],
    active: ({ value }) => value === (state.inspection.known.output ?? state.inspection.output),
  });
  if (item === BACK || item === CANCEL) return item;
  state.output = item.value;
  return undefined;
}

/** Asks for an ONNX file. */
export async function pickBackboneFile(): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Add a backbone'),
    openLabel: vscode.l10n.t('Add'),
    filters: { [vscode.l10n.t('ONNX models')]: ['onnx'] },
  });
  return picked?.[0].fsPath;
}

/** What a person calls the backbone at `path`. */
export function backboneTitle(path: string): string {
  return basename(path).replace(/\.onnx$/i, '');
}
