import path from 'node:path';
import { readChecked, writeChecked } from '../cacheFiles.ts';

type SpeedTable = Record<string, number>;

/** How fast backbones run on this machine, measured once per backbone and number of threads. */
export class Speeds {
  readonly #file: string;
  readonly #threads: number;

  constructor(cacheFolder: string, threads: number) {
    this.#file = path.join(cacheFolder, 'speeds.json');
    this.#threads = threads;
  }

  /** Images a second; undefined until it was measured. */
  async find(sha256: string): Promise<number | undefined> {
    return (await this.#table())[this.#key(sha256)];
  }

  async keep(sha256: string, imagesPerSecond: number): Promise<void> {
    await writeChecked(this.#file, { ...(await this.#table()), [this.#key(sha256)]: imagesPerSecond });
  }

  async #table(): Promise<SpeedTable> {
    return ((await readChecked(this.#file)) as SpeedTable | undefined) ?? {};
  }

  #key(sha256: string): string {
    return `${sha256} ${this.#threads}`;
  }
}
