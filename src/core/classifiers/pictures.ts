/** The pictures that a classifier is given: uint8 [N, H, W, 3]. */
export interface Pictures {
  readonly value: string;
  /** The size of all of them; absent = any. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
}

/** Pictures of an input's size. */
export interface Pixels {
  readonly value: string;
  readonly layout: 'nhwc' | 'nchw';
  readonly type: 'uint8' | 'float32';
}
