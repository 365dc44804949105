/** What an encoder worker offers: one encoder, opened once. */
export interface EncoderWorkerApi {
  open: {
    params: { readonly folder: string; readonly threads: number };
    result: undefined;
    progress: never;
  };
  encode: {
    params: { readonly texts: readonly string[] };
    /** Row-major [texts, dimension], not normalised. */
    result: { readonly values: Float32Array; readonly dimension: number };
    progress: { readonly done: number; readonly total: number };
  };
  /** Frees the session after the batch in progress; the thread ends by itself. */
  close: { params: undefined; result: undefined; progress: never };
}
