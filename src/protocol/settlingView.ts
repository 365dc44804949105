import type { SettlingRecord } from '../core/runs/settlingRecord.ts';
import type { SettleProgress } from './settling.ts';

/** A label of a person that all else contradicts. */
export interface DoubtfulImage {
  /** Its place in the order of arrival. */
  readonly image: number;
  /** Indices of target labels: what the person said, and what the image would be without that. */
  readonly given: number;
  readonly answer: number;
}

/** An image that a person is asked about. */
export interface ProposedImage {
  readonly image: number;
  /** Drawn at random: its label only measures. */
  readonly random: boolean;
}

/** What settling made of a run. */
export type SettlingFigures = Omit<
  SettlingRecord,
  'shown' | 'mode' | 'balanced' | 'measured' | 'plainMeasured'
> & {
  readonly doubtful: readonly DoubtfulImage[];
};

/** Where the settling of a run is. */
export interface SettlingState {
  /** Whether settled answers are shown. */
  readonly shown: boolean;
  /** Whether a person promised that there are about equally many images of each label. */
  readonly balanced: boolean;
  /** Why there is nothing to settle yet, or at all. */
  readonly refused?: 'running' | 'watching' | 'too-few' | undefined;
  /** While it is being worked out. */
  readonly progress?: SettleProgress | undefined;
  /** Why it could not be. */
  readonly problem?: string | undefined;
  /** Once something came of it. */
  readonly figures?: SettlingFigures | undefined;
  /** Answers that the labels given last changed, of images without a label. */
  readonly lastChanged?: number | undefined;
  /** Whether a person is asked about images, and about which, the most telling one first. */
  readonly asking: boolean;
  readonly proposed: readonly ProposedImage[];
}
