import type { FiredSource } from '../../core/evidence/firedSources.ts';
import type { Prediction } from '../../core/evidence/imageScorer.ts';
import { type SplitName, splitNames } from '../../core/folders/layout.ts';

/** Source labels that are kept of each image. */
const FIRED = 3;
const FIRST_ROOM = 1024;
const NONE = -1;

/**
 * The predictions of a run in columns. A folder may hold 100,000 images, and the extension host belongs to every
 * extension: a prediction takes about 100 bytes here, as an object with its strings six times as much.
 */
export class PredictionList {
  #length = 0;
  #hasSplits = false;
  #target = new Int32Array(FIRST_ROOM);
  #truth = new Int32Array(FIRST_ROOM);
  #place = new Int32Array(FIRST_ROOM);
  #folder = new Int32Array(FIRST_ROOM);
  #confidence = new Float64Array(FIRST_ROOM);
  /** Index of the split; {@link NONE} where there is none. */
  #split = new Int8Array(FIRST_ROOM);
  #firedSource = new Int32Array(FIRST_ROOM * FIRED);
  #firedProbability = new Float64Array(FIRST_ROOM * FIRED);
  /** Where each file's name ends in `#names`. */
  #nameEnd = new Uint32Array(FIRST_ROOM);
  /** UTF-16, which keeps every name as it is. */
  #names = new Uint16Array(FIRST_ROOM * 8);
  readonly #texts: string[] = [];
  readonly #ids = new Map<string, number>();

  get length(): number {
    return this.#length;
  }

  target(row: number): number {
    return this.#target[row];
  }

  truth(row: number): number {
    return this.#truth[row];
  }

  /** The split of an image, where it is of one. */
  split(row: number): SplitName | undefined {
    return splitNames[this.#split[row]];
  }

  /** The same as an index of `splitNames`; -1 for none. */
  splitIndex(row: number): number {
    return this.#split[row];
  }

  /** Whether any image is of a split. */
  get hasSplits(): boolean {
    return this.#hasSplits;
  }

  confidence(row: number): number {
    return this.#confidence[row];
  }

  /** @param place of the image in the folders, where it came in another order */
  push(prediction: Prediction, place = this.#length): void {
    const { path } = prediction;
    const row = this.#length;
    if (row === this.#target.length) this.#grow();
    const slash = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;
    this.#folder[row] = this.#idOf(path.slice(0, slash));
    this.#nameEnd[row] = this.#write(path.slice(slash), row === 0 ? 0 : this.#nameEnd[row - 1]);
    this.#place[row] = place;
    this.replace(row, prediction);
    this.#length++;
  }

  /** What is predicted of an image that is another by now. */
  replace(row: number, { target, confidence, truth, fired, split }: Omit<Prediction, 'path'>): void {
    this.#target[row] = target;
    this.#confidence[row] = confidence;
    this.#truth[row] = truth;
    this.#split[row] = split === undefined ? NONE : splitNames.indexOf(split);
    this.#hasSplits ||= split !== undefined;
    for (let k = 0; k < FIRED; k++) {
      this.#firedSource[row * FIRED + k] = fired[k]?.source ?? NONE;
      this.#firedProbability[row * FIRED + k] = fired[k]?.probability ?? 0;
    }
  }

  /** Takes rows out; those behind them move up. */
  drop(rows: ReadonlySet<number>): void {
    const kept = Array.from({ length: this.#length }, (_, row) => row).filter((row) => !rows.has(row));
    const all = kept.map((row) => ({ prediction: this.at(row)!, place: this.#place[row] }));
    this.#length = 0;
    for (const { prediction, place } of all) this.push(prediction, place);
  }

  /** Undefined where there is none. */
  at(row: number): Prediction | undefined {
    if (!Number.isInteger(row) || row < 0 || row >= this.#length) return undefined;
    const fired: FiredSource[] = [];
    for (let k = row * FIRED; k < (row + 1) * FIRED && this.#firedSource[k] !== NONE; k++) {
      fired.push({ source: this.#firedSource[k], probability: this.#firedProbability[k] });
    }
    const split = this.split(row);
    return {
      path: this.#path(row),
      target: this.#target[row],
      confidence: this.#confidence[row],
      truth: this.#truth[row],
      fired,
      ...(split && { split }),
    };
  }

  slice(from: number, to: number): Prediction[] {
    const rows: Prediction[] = [];
    for (let row = Math.max(0, from); row < Math.min(to, this.#length); row++) rows.push(this.at(row)!);
    return rows;
  }

  /** All rows in the order of the folders. */
  inFolderOrder(): Int32Array {
    const place = this.#place;
    return Int32Array.from({ length: this.#length }, (_, row) => row).sort(
      (a, b) => place[a] - place[b] || a - b,
    );
  }

  /** The rows of images, -1 for those that are not here. */
  rowsOf(paths: readonly string[]): Int32Array {
    const rows = new Map<string, number>();
    for (const path of paths) rows.set(path, -1);
    for (let row = 0; row < this.#length; row++) {
      const path = this.#path(row);
      if (rows.has(path)) rows.set(path, row);
    }
    return Int32Array.from(paths, (path) => rows.get(path) ?? -1);
  }

  #path(row: number): string {
    const start = row === 0 ? 0 : this.#nameEnd[row - 1];
    return this.#texts[this.#folder[row]] + textOf(this.#names.subarray(start, this.#nameEnd[row]));
  }

  #idOf(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#texts.length;
      // A copy: a part of a longer text would keep all of it.
      const own = textOf(Uint16Array.from(text.split(''), (unit) => unit.charCodeAt(0)));
      this.#texts.push(own);
      this.#ids.set(own, id);
    }
    return id;
  }

  #write(name: string, start: number): number {
    const end = start + name.length;
    if (end > this.#names.length) {
      const larger = new Uint16Array(Math.max(end, this.#names.length * 2));
      larger.set(this.#names);
      this.#names = larger;
    }
    for (let i = 0; i < name.length; i++) this.#names[start + i] = name.charCodeAt(i);
    return end;
  }

  #grow(): void {
    const room = this.#target.length * 2;
    const grown = <A extends Int8Array | Int32Array | Uint32Array | Float64Array>(larger: A, old: A) => {
      larger.set(old);
      return larger;
    };
    this.#target = grown(new Int32Array(room), this.#target);
    this.#truth = grown(new Int32Array(room), this.#truth);
    this.#place = grown(new Int32Array(room), this.#place);
    this.#split = grown(new Int8Array(room), this.#split);
    this.#folder = grown(new Int32Array(room), this.#folder);
    this.#confidence = grown(new Float64Array(room), this.#confidence);
    this.#firedSource = grown(new Int32Array(room * FIRED), this.#firedSource);
    this.#firedProbability = grown(new Float64Array(room * FIRED), this.#firedProbability);
    this.#nameEnd = grown(new Uint32Array(room), this.#nameEnd);
  }
}

/** So many arguments a call may have anywhere. */
const AT_ONCE = 4096;

function textOf(units: Uint16Array): string {
  let text = '';
  for (let from = 0; from < units.length; from += AT_ONCE)
    text += String.fromCharCode(...units.subarray(from, from + AT_ONCE));
  return text;
}
