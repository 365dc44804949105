import type { OutputKind } from '../onnx/scoreReading.ts';
import { phrase, type Text } from '../text/text.ts';
import type { BackboneSidecar, SidecarPreprocessing } from './backboneSidecar.ts';
import { type GraphSight, likelyChannels, likelyScaling } from './habits.ts';
import { likelyLabels } from './likelyLabels.ts';
import { SCALINGS } from './scalings.ts';

/** The parts of a description that are asked for one by one. */
export type GuessedPart = 'labels' | 'size' | 'resize' | 'scaling' | 'channels' | 'output' | 'output_name';

/** What is likely for a graph, and why: to be confirmed, never taken silently. */
export interface BackboneGuess {
  readonly sidecar: BackboneSidecar;
  /** A sentence each. */
  readonly reasons: Readonly<Partial<Record<GuessedPart, Text>>>;
}

/** Guesses what a graph does not say, from what it lets slip. */
export function guessBackbone(sight: GraphSight): BackboneGuess {
  const { input, output } = sight;
  const [scaling, why] = likelyScaling(sight);
  const [channels, whyChannels] = likelyChannels(sight, scaling);
  const labels = likelyLabels(sight, channels);
  const open = input.height === undefined;
  const preprocessing: SidecarPreprocessing = {
    ...SCALINGS[scaling],
    channels,
    ...(open ? { size: { shortest_edge: 256 }, crop: { height: 224, width: 224 } } : {}),
  };
  return {
    sidecar: { ...(labels ? { labels: labels[0] } : {}), preprocessing },
    reasons: {
      scaling: why,
      channels: whyChannels,
      ...(labels ? { labels: labels[1] } : {}),
      ...(open ? { size: phrase('The graph takes any size. Most models are trained with 224 px.') } : {}),
      ...(input.height === undefined || input.width === undefined
        ? {}
        : { resize: resizeReason(Math.min(input.height, input.width)) }),
      ...(output === undefined ? {} : { output: outputReason(output) }),
    },
  };
}

function resizeReason(edge: number): Text {
  return phrase(
    'Usual for {0} px. It is not measured: if your own program resizes otherwise, say how.',
    edge,
  );
}

function outputReason(output: OutputKind): Text {
  if (output === 'sigmoid') return phrase('A test run gave numbers from 0 to 1 that do not sum to 1.');
  return output === 'probabilities'
    ? phrase('A test run gave numbers from 0 to 1 with a sum of about 1.')
    : phrase('A test run gave numbers that are not probabilities.');
}
