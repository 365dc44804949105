import type { BackboneDetails, ModelFileOutline, ModelReport } from './backbones.ts';
import type { PageProblem } from './pageProblem.ts';
import type { Call } from './rpc.ts';

/** What loading and running a model showed, once a person asked for that. */
export type ModelCheck =
  | { readonly kind: 'none' }
  | { readonly kind: 'working' }
  | {
      readonly kind: 'done';
      /** Of one image on one thread; absent where it does not run as it is described. */
      readonly milliseconds?: number | undefined;
      /** Why it does not. */
      readonly problem?: PageProblem | undefined;
      readonly details?: BackboneDetails | undefined;
    };

/** A model file as its page shows it. */
export type ModelState =
  | { readonly kind: 'reading'; readonly name: string }
  /** It is not opened, or is no model. */
  | { readonly kind: 'failed'; readonly name: string; readonly problem: PageProblem }
  | {
      readonly kind: 'model';
      readonly name: string;
      readonly path: string;
      readonly outline: ModelFileOutline;
      /** Absent until the file is recognized, which takes a moment where it is large. */
      readonly report?: ModelReport | undefined;
      /** Whether it is in the person's list of backbones. */
      readonly isAdded: boolean;
      readonly check: ModelCheck;
    };

/** What the page of a model file may ask of the extension host. */
export interface ModelViewApi {
  /** Reports the state at once and after every change, for as long as the page lives. */
  watch: Call<null, never, ModelState>;
  /** Lists it as a backbone; asks for what nobody says of it. */
  add: Call<null>;
  /** Runs it on an image that the person chooses. */
  test: Call<null>;
  /** Asks for its description, or corrects it. */
  describe: Call<null>;
  /** Loads and runs it: what it gives, how fast, and whether prompts can be trained through it. */
  check: Call<null>;
  cancel: Call<null>;
  /** Reads the file again. */
  again: Call<null>;
  copyPath: Call<null>;
  /** Runs a button of the problem in the state. */
  act: Call<{ readonly action: number }>;
}
