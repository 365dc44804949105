import type { Given } from './truth.ts';

/** What is known of an image, whatever folder it lies in. */
export interface ImageTruth extends Given {
  /** A person of SeMap, whose word counts most, or a table that came with the images. */
  readonly by: 'person' | 'table';
  /** Whether answers are measured by it, as long as nothing was learned from it. */
  readonly judges: boolean;
}

/** What tables say of the images of some folders, as it was when they were asked for. */
export interface ImageTruths {
  /** Another one when a table is another. */
  readonly version: string;
  /** @param file absolute path of an image */
  of(file: string): ImageTruth | undefined;
}

/** In the place of a target: nobody said anything of an image, or a person said that it is of none. */
export const GIVEN = { nothing: -1, noneOfThese: -2 } as const;

export const NO_TRUTHS: ImageTruths = { version: '', of: () => undefined };

/** The same without what agents said: nothing may be measured by it. */
export function withoutAgents(truths: ImageTruths): ImageTruths {
  return {
    version: truths.version,
    of: (file) => {
      const truth = truths.of(file);
      return truth?.givenBy === 'agent' ? undefined : truth;
    },
  };
}

/**
 * What an image is an image of, in words: what a person said, else what a table says, else its class folder. Undefined
 * where a person said that it is none of the labels.
 */
export function truthName(
  { path, classFolder }: { readonly path: string; readonly classFolder: string },
  truths: ImageTruths,
): string | undefined {
  const truth = truths.of(path);
  return truth ? truth.label : classFolder;
}
