import type { Promptability } from './promptable.ts';
import type { RawGradient, RawGradientRequest } from './rawGradient.ts';

/** What a gradient worker offers: questions about a model file, answered in a thread that may be busy for seconds. */
export interface GradientWorkerApi {
  check: { params: { readonly path: string }; result: Promptability; progress: never };
  gradient: {
    params: RawGradientRequest & { readonly path: string; readonly threads: number };
    result: RawGradient;
    progress: never;
  };
  /** The thread ends by itself after the reply. */
  close: { params: undefined; result: undefined; progress: never };
}
