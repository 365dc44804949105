import { Lane } from '../inference/lane.ts';

/** A model that is loaded once somebody asks for it, and unloaded at the end of what it is looked at for. */
export class LoadedModel {
  readonly #file: string;
  #lane: { readonly append: string; readonly lane: Promise<Lane> } | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** @param append more of the file, as `appendOf` gives it */
  async lane(append?: Uint8Array): Promise<Lane> {
    const key = append ? Buffer.from(append).toString('base64') : '';
    if (this.#lane?.append !== key) {
      await this.close();
      this.#lane = { append: key, lane: Lane.open(this.#file, { threads: 1, provider: 'cpu', append }) };
    }
    return this.#lane.lane;
  }

  async close(): Promise<void> {
    const open = this.#lane;
    this.#lane = undefined;
    await open?.lane.then(
      (lane) => lane.close(),
      () => {},
    );
  }
}
