import { dirname } from 'node:path';
import * as vscode from 'vscode';
import {
  type BackboneSidecar,
  mergeSidecars,
  type SidecarPreprocessing,
} from '../../core/backbones/backboneSidecar.ts';
import { SCALINGS, type Scaling, type ScalingName, scalingName } from '../../core/backbones/scalings.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { phrase, verbatim } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import type { BackboneInspection } from '../../protocol/backbones.ts';
import { writeFile } from '../files.ts';
import { type Answer, BACK, CANCEL, runWizard, type StepUi, type WizardStep } from '../multiStep.ts';
import { type ListRow, pickFiles } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrustedAt } from '../trust.ts';
import { askTrialImage, scalingTitle, showTrial } from './tryBackbone.ts';

interface Answers {
  readonly inspection: BackboneInspection;
  labels?: string | readonly string[] | undefined;
  size?: number;
  scaling?: Pick<SidecarPreprocessing, 'rescale_factor' | 'image_mean' | 'image_std'>;
  channels?: 'rgb' | 'bgr' | undefined;
  output?: 'logits' | 'probabilities';
  image?: string;
}

interface ScalingPreset {
  readonly label: string;
  readonly detail: string;
  readonly scaling: Scaling;
}

function scalingPresets(): readonly ScalingPreset[] {
  const { t } = vscode.l10n;
  const details: Readonly<Record<ScalingName, string>> = {
    imagenet: t('PyTorch, timm, torchvision: {0}', '(p / 255 - mean) / std'),
    zeroToOne: 'p / 255',
    minusOneToOne: t('TensorFlow, Inception, MobileNet: {0}', 'p / 127.5 - 1'),
    raw: t('Raw pixels; scaling is inside the graph'),
    caffe: t('Caffe: {0}; usually with BGR', 'p - (123.68, 116.78, 103.94)'),
    signed: t('Signed bytes: {0}', 'p - 128'),
  };
  return (Object.keys(SCALINGS) as ScalingName[]).map((name) => ({
    label: scalingTitle(name),
    detail: details[name],
    scaling: SCALINGS[name],
  }));
}

/**
 * Asks for what neither the graph nor a sidecar tells about a backbone and has the engine remember it.
 * @returns whether it is described now
 * @throws {SemapError} when the file is no usable classifier, or the answers do not fit it; `untrusted` for one of a
 * workspace that is not trusted
 */
export async function describeBackbone(engine: Engine, backbone: string): Promise<boolean> {
  mustBeTrustedAt(backbone, phrase('Trust it to describe its backbones.'));
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
    { ask: (state, ui) => askTrial(state, ui, engine) },
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
    icon: 'file',
    label: t('From a File...'),
    detail: t('JSON, CSV, or text with one name or wnid a line, in the order of the outputs'),
    value: '',
  };
  const why = state.inspection.reasons.labels ?? '';
  const own = Array.isArray(usual)
    ? [{ label: t('{0} names in the file', usual.length), detail: why, value: OWN_LABELS }]
    : [];
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
  const fitting = spaces
    .filter(({ count }) => sourceCount === undefined || count === sourceCount)
    .map((space) => withReason(space, space.value === usual, why));
  // Where nothing is proposed, it says why.
  const open = own.length === 0 && fitting.length === 0 ? ` ${why}` : '';
  const item = await ui.pick<ListRow & { value: string }>({
    placeholder:
      sourceCount === undefined
        ? t('What do its outputs mean?')
        : t('What do its {0} outputs mean?', sourceCount.toLocaleString()) + open,
    items: [...own, ...fitting, file],
    active: ({ value }) => value === usual || value === OWN_LABELS,
  });
  if (item === BACK || item === CANCEL) return item;
  if (item.value === OWN_LABELS) {
    state.labels = Array.isArray(usual) ? usual : undefined;
    return undefined;
  }
  if (item.value !== '') {
    state.labels = item.value;
    return undefined;
  }
  const picked = await pickFiles({
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
  const { known, suggested, reasons } = state.inspection;
  const usual = { ...suggested.preprocessing, ...known.preprocessing };
  const other = {
    icon: 'edit',
    label: t('Other...'),
    detail: t('Write it into a description file beside the model'),
    scaling: undefined,
  };
  const item = await ui.pick<ScalingPreset | typeof other>({
    placeholder: t('How are its pixels scaled? A wrong answer gives wrong predictions.'),
    items: [
      ...scalingPresets().map((preset) =>
        withReason(preset, scalingName(preset.scaling) === scalingName(usual), reasons.scaling),
      ),
      other,
    ],
    active: ({ scaling }) => scaling !== undefined && scalingName(scaling) === scalingName(usual),
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
  if (!(await isTaken(uri.fsPath))) {
    try {
      const workspace = vscode.workspace.getWorkspaceFolder(uri)?.uri;
      await writeFile(uri, new TextEncoder().encode(text), workspace ?? vscode.Uri.file(dirname(path)));
    } catch (cause) {
      throw new SemapError(
        'not-writable',
        verbatim(vscode.l10n.t('The description of {0} could not be written.', name)),
        {
          hint: verbatim(vscode.l10n.t('Copy the model to a folder where you can write.')),
          cause,
        },
      );
    }
  }
  await vscode.window.showTextDocument(uri);
}

async function askChannels(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { known, suggested, reasons } = state.inspection;
  // Caffe's mean goes with Caffe's order, whatever the guess was.
  const usual =
    known.preprocessing?.channels ??
    (state.scaling && scalingName(state.scaling) === 'caffe' ? 'bgr' : suggested.preprocessing?.channels);
  const item = await ui.pick({
    placeholder: t('Which order of colours does it expect?'),
    items: [
      { label: 'RGB', detail: t('PyTorch, TensorFlow, nearly all others'), value: 'rgb' as const },
      { label: 'BGR', detail: t('Caffe, OpenCV'), value: 'bgr' as const },
    ].map((one) => withReason(one, one.value === usual, reasons.channels)),
    active: ({ value }) => value === usual,
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
    ].map((one) => withReason(one, one.value === state.inspection.output, state.inspection.reasons.output)),
    active: ({ value }) => value === (state.inspection.known.output ?? state.inspection.output),
  });
  if (item === BACK || item === CANCEL) return item;
  state.output = item.value;
  return undefined;
}

/** The last step: the five best source labels of an image, before anything is kept. */
async function askTrial(state: Answers, ui: StepUi, engine: Engine): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { path, name } = state.inspection;
  for (;;) {
    if (state.image === undefined) {
      const image = await askTrialImage(ui, name, true);
      if (image === BACK || image === CANCEL) return image;
      if (image === undefined) return undefined;
      state.image = image;
    }
    const about = { backbone: path, sidecar: sidecarOf(state), image: state.image };
    const verdict = await showTrial(engine, ui, about, t('That Is Right: Keep the Description'));
    if (verdict === BACK || verdict === 'another') {
      delete state.image;
      continue;
    }
    if (verdict === CANCEL) return CANCEL;
    if (verdict.kind === 'right') return undefined;
    const { channels, ...scaling } = verdict.preprocessing;
    state.scaling = scaling;
    state.channels = channels;
  }
}

/** A proposal with the reason for which it is one. */
function withReason<T extends ListRow>(item: T, isGuess: boolean, reason = ''): T {
  if (!isGuess || reason === '') return item;
  return { ...item, description: vscode.l10n.t('likely: {0}', reason) };
}

/** Stands for labels that the file itself lists. */
const OWN_LABELS = '\u0000own';
