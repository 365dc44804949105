/** A picture that a model gets to see beside the result of a tool. */
export interface Picture {
  /** `image/jpeg` or `image/png`. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** A result of a tool with pictures, in an order that the result tells. */
export class WithPictures<Result extends object> {
  readonly result: Result;
  readonly pictures: readonly Picture[];

  constructor(result: Result, pictures: readonly Picture[]) {
    this.result = result;
    this.pictures = pictures;
  }
}
