import * as vscode from 'vscode';
import { scalingName } from '../../core/backbones/scalings.ts';
import type { ChannelOrder } from '../../core/images/preprocessing.ts';
import type { OutputKind } from '../../core/onnx/scoreReading.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type Answers, answered, withReason } from './describeQuestions.ts';

/*
 * Questions about a graph that says less than most: which axis has the channels, what further inputs are given, which output has
 * the scores.
 */

export async function askLayout(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { known, input } = state.inspection;
  const usual = state.said.layout ?? known.layout ?? input.layout;
  const item = await ui.pick({
    placeholder: t('Select where the input has its color channels'),
    items: [
      { label: t('Before Height and Width'), detail: t('PyTorch, Caffe, MXNet'), value: 'nchw' as const },
      { label: t('After Height and Width'), detail: t('TensorFlow, Keras'), value: 'nhwc' as const },
    ],
    active: ({ value }) => value === usual,
  });
  if (item === BACK || item === CANCEL) return item;
  return answered(state, { layout: item.value });
}

/** Orders of so many channels; where that is open, the usual ones. */
function ordersOf({ input }: Answers['inspection']): readonly ChannelOrder[] {
  if (input.supposed?.includes('channels')) return ['rgb', 'bgr', 'gray', 'rgba', 'bgra'];
  return input.channels === 4 ? ['rgba', 'bgra', 'argb'] : ['rgb', 'bgr'];
}

export async function askChannels(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { known, suggested, reasons } = state.inspection;
  const { preprocessing = {} } = state.said;
  const orders = ordersOf(state.inspection);
  // Caffe's mean goes with Caffe's order, whatever the guess was.
  const likely =
    preprocessing.channels ??
    known.preprocessing?.channels ??
    (scalingName(preprocessing) === 'caffe' ? 'bgr' : suggested.preprocessing?.channels);
  const usual = orders.find((order) => order === likely) ?? orders[0];
  const details: Readonly<Record<ChannelOrder, string>> = {
    rgb: t('PyTorch, TensorFlow and nearly all others'),
    bgr: t('Caffe, OpenCV'),
    gray: t('One channel: how light each pixel is'),
    'gray-alpha': t('How light and how opaque each pixel is'),
    rgba: t('Colors, then how opaque each pixel is'),
    bgra: t('The same, in the order of Windows and OpenCV'),
    argb: t('How opaque each pixel is, then colors'),
  };
  const item = await ui.pick({
    placeholder: t('Select the order of color channels'),
    items: orders.map((value) =>
      withReason(
        { label: value === 'gray' ? t('Gray') : value.toUpperCase(), detail: details[value], value },
        value === usual,
        reasons.channels,
      ),
    ),
    active: ({ value }) => value === usual,
  });
  if (item === BACK || item === CANCEL) return item;
  return answered(state, { preprocessing: { channels: item.value } });
}

/** Of gray inputs, such as digits: whether the person's images are the opposite of what it was trained with. */
export async function askInverted(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { known, suggested } = state.inspection;
  const usual =
    state.said.preprocessing?.invert ??
    known.preprocessing?.invert ??
    suggested.preprocessing?.invert ??
    false;
  const item = await ui.pick({
    placeholder: t('Select whether light and dark are swapped'),
    items: [
      {
        label: t('As They Are'),
        detail: t('Your images are light and dark where its training images were'),
        value: false,
      },
      {
        label: t('Swapped'),
        detail: t('For example, it was trained with white digits on black, and yours are black on white'),
        value: true,
      },
    ],
    active: ({ value }) => value === usual,
  });
  if (item === BACK || item === CANCEL) return item;
  return answered(state, { preprocessing: { invert: item.value } });
}

/** What an input beside the image is given in every run. @param name of the input */
export async function askInput(name: string, state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const other = state.inspection.input.others?.find((one) => one.name === name);
  const shape = other?.shape ?? [];
  const count = shape.reduce<number>((product, d) => product * (typeof d === 'number' && d > 0 ? d : 1), 1);
  const numbersOf = (text: string) =>
    text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const text = await ui.input({
    prompt: t('Value of the input {0} ({1} [{2}]) in every run', name, other?.type ?? '', shape.join(', ')),
    placeholder: t('A number for all of it, or numbers separated by commas'),
    value: '0',
    validate: (value) => {
      const numbers = numbersOf(value);
      return numbers.every(Number.isFinite) && (numbers.length === 1 || numbers.length === count)
        ? undefined
        : t('Enter one number, or {0} separated by commas.', count);
    },
  });
  if (text === BACK || text === CANCEL) return text;
  const numbers = numbersOf(text);
  return answered(state, { inputs: { [name]: numbers.length === 1 ? numbers[0] : numbers } });
}

/** Which of several outputs has the scores. */
export async function askOutputName(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { outputs = [], known, suggested } = state.inspection;
  const usual = state.said.output_name ?? known.output_name ?? suggested.output_name;
  const item = await ui.pick({
    placeholder: t('Select the output that has the scores of the labels'),
    items: outputs.map(({ name, shape, inner }) => ({
      label: name,
      description: name === usual ? t('likely') : undefined,
      detail: inner
        ? t('A value inside the graph')
        : t('An output of the shape [{0}]', (shape ?? []).map((d) => (d === '' ? '?' : d)).join(', ')),
      value: name,
    })),
    active: ({ value }) => value === usual,
  });
  if (item === BACK || item === CANCEL) return item;
  return answered(state, { output_name: item.value });
}

export async function askOutput(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { known, output, reasons } = state.inspection;
  const rows: readonly { label: string; detail: string; value: OutputKind }[] = [
    { label: t('Logits'), detail: t('Any numbers; the highest wins'), value: 'logits' },
    { label: t('Probabilities'), detail: t('After a softmax; they sum to 1'), value: 'probabilities' },
    {
      label: t('A probability for each label (multi-label)'),
      detail: t('After a sigmoid; several labels may apply'),
      value: 'sigmoid',
    },
  ];
  const item = await ui.pick({
    placeholder: t('Select what the outputs are'),
    items: rows.map((one) => withReason(one, one.value === output, reasons.output)),
    active: ({ value }) => value === (known.output ?? output),
  });
  if (item === BACK || item === CANCEL) return item;
  return answered(state, { output: item.value });
}
