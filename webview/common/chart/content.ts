import type { Sample } from './samples.ts';

/** A curve: which run it is of is told by its dashes, what it measures by how it is drawn. */
export interface Series {
  /** The run, where several are shown. */
  readonly of: string;
  /** What it is called beside values: `Training`, `Coverage`. */
  readonly name: string;
  /** What it is called in the legend, where that is more. */
  readonly legend?: string;
  /** 0 = the run itself, 1.. = runs laid over it. */
  readonly run: number;
  readonly kind: 'train' | 'validation' | 'coverage';
  readonly samples: readonly Sample[];
}

/** A value to compare with, drawn from edge to edge. */
export interface Reference {
  readonly name: string;
  readonly value: number;
}

export interface ChartContent {
  readonly series: readonly Series[];
  readonly references: readonly Reference[];
  /** Where the axis below ends; it begins at 0. */
  readonly end: number;
}

export interface ChartOptions {
  readonly testId: string;
  /** The axis below, along which the slider moves. */
  readonly x: {
    readonly title: string;
    /** What a key moves by, and the least distance of two ticks. */
    readonly step: number;
    /** What Page Up and Page Down move by. */
    readonly page: number;
    readonly format: (value: number) => string;
    /** A place on it in words: `epoch 3`. */
    readonly words: (value: number) => string;
  };
  readonly y: {
    readonly title: string;
    readonly format: (value: number) => string;
    /** Round values beside the axis; absent: as `format`. */
    readonly tick?: (value: number) => string;
    /** What the scale never leaves. */
    readonly range: readonly [number, number];
    /** The scale when there is nothing yet. */
    readonly empty: readonly [number, number];
    /** Shows the whole of `empty`, whatever the values are. */
    readonly whole?: boolean;
  };
  /** What a screen reader calls the slider, and what it is called in tests. */
  readonly slider: { readonly name: string; readonly testId: string };
  /** The pointer, which only reads, or the slider went to another place; undefined = it left. */
  readonly moved: (at: number | undefined, by: 'pointer' | 'slider') => void;
}
