import path from 'node:path';
import type { BackboneSidecar, SidecarPreprocessing } from '../core/backbones/backboneSidecar.ts';
import type { LabelOrder, LabelOrderFound } from '../core/backbones/labelOrders.ts';
import type { OpenParts } from '../core/backbones/preparations.ts';
import { scalingTitle } from '../core/backbones/scalings.ts';
import { SemapError } from '../core/errors.ts';
import { channelsText } from '../core/images/preprocessing.ts';
import { percent } from '../core/text/numbers.ts';
import { phrase, say } from '../core/text/text.ts';
import type { BackboneTrial, PreparationReading } from '../protocol/backbones.ts';
import type { CommandContext } from './command.ts';
import type { Arguments, OptionTable } from './commandLine.ts';
import type { EngineSession } from './engineSession.ts';
import { stateOf } from './folderArguments.ts';
import { printable } from './terminal.ts';

export const trialOptions = {
  image: {
    value: 'FILE|FOLDER',
    text: 'Test the backbone on this image. Can be repeated, and name folders: with several images, settings are measured. Class folders whose names fit the source labels measure best.',
    multiple: true,
  },
} as const satisfies OptionTable;

/** The images to try a backbone on; undefined where there are none. @throws {SemapError} `not-found` */
export function trialImagesOf(args: Arguments): { image?: string; beside: readonly string[] } | undefined {
  const given = args.texts('image');
  for (const one of given) {
    if (stateOf(one)) continue;
    throw new SemapError('not-found', phrase('--image names {0}, which does not exist.', one), {
      hint: phrase('Give the path of an image, or of a folder of images.'),
    });
  }
  if (given.length === 0) return undefined;
  const all = given.map((one) => path.resolve(one));
  const first = all.find((one) => stateOf(one)?.isFile());
  return { ...(first === undefined ? {} : { image: first }), beside: all.filter((one) => one !== first) };
}

/** Tries a backbone on the images that the options name; undefined where they name none. */
export async function tryByCommand(
  engine: EngineSession,
  { args, signal, terminal }: CommandContext,
  backbone: string,
  how: { readonly sidecar?: BackboneSidecar | undefined; readonly open?: OpenParts } = {},
): Promise<BackboneTrial | undefined> {
  const images = trialImagesOf(args);
  if (!images) return undefined;
  const onProgress = ({ done, total }: { readonly done: number; readonly total: number }) => {
    if (total > 1) terminal.rewrite(`Measuring: image ${done} of ${total}`);
  };
  try {
    return await engine.call('tryBackbone', { backbone, ...images, ...how }, { signal, onProgress });
  } finally {
    terminal.rewrite('');
  }
}

/**
 * What measuring makes of guesses: what to say in their place, which is nothing where they are right.
 * @throws {SemapError} `needs-description` where two ways are near
 */
export function measuredGuess(name: string, trial: BackboneTrial): SidecarPreprocessing | undefined {
  const { measured, others } = trial;
  const [other] = others;
  if (!measured || !other) return undefined;
  if (measured.sure) return measured.likelihood >= (other.likelihood ?? 0) ? undefined : other.preprocessing;
  const such = optionsFor(other.preprocessing);
  if (measured.doubt === 'chance') {
    throw new SemapError(
      'needs-description',
      phrase(
        'Guesses for {0} are not used: on {1} images of known classes, no settings are right more often than chance.',
        name,
        measured.labelled,
      ),
      {
        hint: phrase(
          'Check the labels and the output. If they are right, say which settings are, such as {0}.',
          such,
        ),
      },
    );
  }
  throw new SemapError(
    'needs-description',
    phrase(
      'Guesses for {0} are not used: after {1} images the likeliest settings are right with {2} only.',
      name,
      measured.images,
      percent(measured.sureness),
    ),
    {
      hint: phrase(
        'Give more images with --image, best in class folders, or say which settings are right, such as {0}.',
        such,
      ),
    },
  );
}

/** A preparation as options. */
export function optionsFor(p: SidecarPreprocessing): string {
  const numbers = (values: readonly number[] = []) => values.map((one) => Number(one.toPrecision(6))).join();
  return [
    `--rescale-factor ${Number((p.rescale_factor ?? 1).toPrecision(9))}`,
    `--image-mean ${numbers(p.image_mean)}`,
    `--image-std ${numbers(p.image_std)}`,
    `--channels ${p.channels}`,
    ...(p.invert ? ['--invert'] : []),
  ].join(' ');
}

/** What is seen in the first image, under the settings described and others, and what all images show of them. */
export function trialText(trial: BackboneTrial): string {
  const { image, best, others, milliseconds, constant, measured } = trial;
  const lines = best.map(({ label, probability }) => `  ${percent(probability).padStart(6)}  ${label}`);
  const other = others.map((one) => {
    const [first] = one.best;
    return `  ${percent(first.probability).padStart(6)}  ${first.label}  (${preparationText(one)})`;
  });
  return [
    `Predictions for ${path.basename(image)} (${milliseconds.toFixed(0)} ms):`,
    ...lines,
    ...(constant
      ? ['Warning: All source labels have the same score. The model may be untrained or damaged.']
      : []),
    `Predictions with other settings${measured ? ', the likeliest first' : ' (the most confident is not always right)'}:`,
    ...other,
    ...(measured ? [measuredText(measured, others)] : []),
    ...(measured?.order ? [orderText(measured.order)] : []),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

function measuredText(
  {
    images,
    cutShort,
    labelled,
    likelihood,
    accuracy,
    sureness,
    sure,
    doubt,
  }: NonNullable<BackboneTrial['measured']>,
  [other]: readonly PreparationReading[],
): string {
  const on = `Measured on ${images} images${cutShort ? ' (time was up for more)' : ''}${labelled > 0 ? `, ${labelled} of known classes` : ''}`;
  const right = (share: number | undefined) => (share === undefined ? '' : `, ${percent(share)} right`);
  const own = `these settings: ${percent(likelihood)} likely${right(accuracy)}`;
  if (!other) return `${on}: ${own}.`;
  const next = `${preparationText(other)}: ${percent(other.likelihood ?? 0)} likely${right(other.accuracy)}`;
  const isOther = (other.likelihood ?? 0) > likelihood;
  const order = isOther ? `${next}; ${own}` : `${own}; ${next}`;
  if (doubt === 'chance')
    return `${on}: ${order}. Not sure: no settings are right more often than chance. Check the labels and the output.`;
  if (!sure) return `${on}: ${order}. Not sure: too near to tell.`;
  const advice = isOther ? ` The settings that fit best: ${optionsFor(other.preprocessing)}` : '';
  return `${on}: ${order}. ${percent(sureness)} sure.${advice}`;
}

const ORDERS: Readonly<Record<LabelOrder, string>> = {
  'background-first': 'The first output seems to be a background class that the labels lack',
  'one-missing-first': 'The first label seems to have no output, such as a background class',
  'text-order': 'The outputs seem to be sorted as text (0, 1, 10, 11, 2), the labels as numbers',
  'number-order': 'The labels seem to be sorted as text (0, 1, 10, 11, 2), the outputs as numbers',
};

function orderText({ order, accuracy, listed }: LabelOrderFound): string {
  return `Warning: ${ORDERS[order]}: so read, ${percent(accuracy)} of the images are right instead of ${percent(listed)}. Correct the list of labels.`;
}

function preparationText({ scaling, channels, inverted }: PreparationReading): string {
  return `${say(scalingTitle(scaling))}, ${channelsText(channels)}${inverted ? ', inverted' : ''}`;
}
