import * as vscode from 'vscode';
import { mergeSidecars } from '../../core/backbones/backboneSidecar.ts';
import { type Reason, toSemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { describeError } from '../errors.ts';
import { showWarning } from '../messages.ts';
import { type Answer, BACK, CANCEL, runWizard, type StepUi, type WizardStep } from '../multiStep.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrustedAt } from '../trust.ts';
import { askChannels, askInput, askInverted, askLayout, askOutput, askOutputName } from './describeInput.ts';
import { type Answers, answered, askLabels, askScaling, askSize, sidecarOf } from './describeQuestions.ts';
import { askTrialImage, showTrial } from './tryBackbone.ts';

type Ask = WizardStep<Answers>['ask'];

/**
 * Asks for what neither the graph nor a sidecar tells about a backbone and has the engine remember it.
 * @returns whether it is described now
 * @throws {SemapError} when the file is no usable classifier, or the answers do not fit it; `untrusted` for one of a
 * workspace that is not trusted
 */
export async function describeBackbone(engine: Engine, backbone: string): Promise<boolean> {
  mustBeTrustedAt(backbone, phrase('Trust the workspace to describe its backbones.'));
  const inspection = await engine.call('inspectBackbone', { backbone });
  const answers: Answers = { inspection, said: {} };
  const missing = inspection.missing.length > 0 ? inspection.missing : undefined;
  // Somebody who describes a backbone that is complete wants to correct it: everything is asked then.
  const asks = (...fields: string[]) => !missing || missing.some((field) => fields.includes(field));
  const lacks = (field: string) => missing?.some((one) => one === field) ?? false;
  const isOpen = inspection.input.supposed?.includes('channels') ?? false;
  // Its labels are those of an alignment, and its output is an embedding.
  const isImageText = inspection.known.text !== undefined;
  const scaling = asks('rescale_factor', 'image_mean', 'image_std');
  const further = (missing ?? [])
    .filter((field) => field.startsWith('inputs.'))
    .map((field) => field.slice('inputs.'.length));
  // What a run needs comes first: only then it shows how many outputs there are, and what they are.
  const steps: WizardStep<Answers>[] = [
    { when: () => lacks('layout'), ask: inspected(askLayout, engine) },
    { when: () => isOpen && lacks('channels'), ask: inspected(askChannels, engine) },
    ...further.map(
      (name): WizardStep<Answers> => ({ ask: inspected((state, ui) => askInput(name, state, ui), engine) }),
    ),
    { when: () => lacks('output_name'), ask: inspected(askOutputName, engine) },
    { when: () => asks('size') && inspection.input.height === undefined, ask: inspected(askSize, engine) },
    { when: () => !isImageText && asks('labels'), ask: fitting(askLabels, engine) },
    { when: () => scaling, ask: askScaling },
    { when: (state) => scaling && state.inspection.input.channels < 3, ask: askInverted },
    {
      when: (state) => !isOpen && asks('channels') && state.inspection.input.channels > 2,
      ask: askChannels,
    },
    {
      when: (state) => !isImageText && (state.inspection.output === undefined || !missing),
      ask: askOutput,
    },
    { ask: (state, ui) => askTrial(state, ui, engine) },
  ];
  const title = vscode.l10n.t('SeMap: Describe Backbone {0}', inspection.name);
  if (!(await runWizard(title, steps, answers))) return false;
  await engine.call('describeBackbone', { backbone, sidecar: sidecarOf(answers), remember: true });
  return true;
}

/** A question after whose answer the graph says more. */
function inspected(ask: Ask, engine: Engine): Ask {
  return accepted(ask, async (state) => {
    const params = { backbone: state.inspection.path, sidecar: sidecarOf(state) };
    state.inspection = await engine.call('inspectBackbone', params);
  });
}

/** The labels: whether they are as many as the outputs shows at once. */
function fitting(ask: Ask, engine: Engine): Ask {
  return accepted(ask, async (state) => {
    const { path, suggested } = state.inspection;
    const params = { backbone: path, sidecar: mergeSidecars(suggested, sidecarOf(state)) };
    await engine.call('describeBackbone', params).catch((error) => {
      if (LABEL_PROBLEMS.includes(toSemapError(error).reason)) throw error;
    });
  });
}

const LABEL_PROBLEMS: readonly Reason[] = [
  'labels-mismatch',
  'invalid-labels',
  'not-found',
  'unreadable-file',
];

/** A question whose answer is looked at. One that cannot be is explained, and asked for again. */
function accepted(ask: Ask, look: (state: Answers) => Promise<void>): Ask {
  return async (state, ui) => {
    for (;;) {
      const before = state.said;
      const answer = await ask(state, ui);
      if (answer === BACK || answer === CANCEL) return answer;
      try {
        await look(state);
        return undefined;
      } catch (error) {
        state.said = before;
        void showWarning(describeError(error).message);
      }
    }
  };
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

/** The same with several backbones. */
export async function withDescriptions<T>(
  engine: Engine,
  [first, ...others]: readonly string[],
  work: () => Promise<T>,
): Promise<T | undefined> {
  for (const backbone of others) {
    const described = () => engine.call('describeBackbone', { backbone });
    if (!(await withDescription(engine, backbone, described))) return undefined;
  }
  return withDescription(engine, first, work);
}

/** The last step: the five best source labels of an image, before anything is kept. */
async function askTrial(state: Answers, ui: StepUi, engine: Engine): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const { path, name } = state.inspection;
  for (;;) {
    if (state.image === undefined) {
      const { labels } = sidecarOf(state);
      const image = await askTrialImage(ui, name, true, Array.isArray(labels) ? labels : undefined);
      if (image === BACK || image === CANCEL) return image;
      if (image === undefined) return undefined;
      state.image = image;
    }
    const about = { backbone: path, sidecar: sidecarOf(state), image: state.image };
    const verdict = await showTrial(engine, ui, about, t('Looks Right: Save the Description'));
    if (verdict === BACK || verdict === 'another') {
      delete state.image;
      continue;
    }
    if (verdict === CANCEL) return CANCEL;
    if (verdict.kind === 'right') return undefined;
    answered(state, { preprocessing: verdict.preprocessing });
  }
}
