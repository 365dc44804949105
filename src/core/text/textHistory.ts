/** A change of a text in whole lines: what stood at `start` gave way to other lines. */
interface TextChange {
  readonly start: number;
  readonly removed: string;
  readonly added: string;
}

/** What makes one version of a text of another. */
export interface TextStep {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Changes that are remembered. */
const MOST_CHANGES = 200;
/** Characters of all of them together: a change of a large document may be as large. */
const MOST_CHARACTERS = 64 << 20;

/**
 * The versions of a text that one can go back to, whoever made them. It is told every version; one that is that before
 * the last change, or the one that was gone back from, is an undo or a redo, wherever that was done.
 */
export class TextHistory {
  #text: string;
  #done: TextChange[] = [];
  #undone: TextChange[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** The version that it was told last. */
  get text(): string {
    return this.#text;
  }

  /** What takes the last change back; undefined where there is none. */
  get undo(): TextStep | undefined {
    const last = this.#done.at(-1);
    return last && { start: last.start, end: last.start + last.added.length, text: last.removed };
  }

  /** What makes again the change that was taken back last. */
  get redo(): TextStep | undefined {
    const last = this.#undone.at(-1);
    return last && { start: last.start, end: last.start + last.removed.length, text: last.added };
  }

  /** @param more it goes on with the last change, as typing does */
  take(text: string, more = false): void {
    if (text === this.#text) return;
    const { undo, redo } = this;
    if (undo && text === after(this.#text, undo)) this.#undone.push(this.#done.pop()!);
    else if (redo && text === after(this.#text, redo)) this.#done.push(this.#undone.pop()!);
    else {
      const from = more && undo && this.#undone.length === 0 ? after(this.#text, undo) : this.#text;
      if (from !== this.#text) this.#done.pop();
      this.#done.push(changeOf(from, text));
      this.#undone = [];
      this.#forgetOldest();
    }
    this.#text = text;
  }

  #forgetOldest(): void {
    let size = this.#done.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0);
    while (this.#done.length > MOST_CHANGES || (size > MOST_CHARACTERS && this.#done.length > 1)) {
      const { removed, added } = this.#done.shift()!;
      size -= removed.length + added.length;
    }
  }
}

function after(text: string, { start, end, text: put }: TextStep): string {
  return text.slice(0, start) + put + text.slice(end);
}

/** The lines that differ: an end of a line is never torn. */
function changeOf(before: string, now: string): TextChange {
  const shorter = Math.min(before.length, now.length);
  let same = 0;
  while (same < shorter && before.charCodeAt(same) === now.charCodeAt(same)) same++;
  const start = before.lastIndexOf('\n', same - 1) + 1;
  let tail = 0;
  while (
    tail < shorter - start &&
    before.charCodeAt(before.length - 1 - tail) === now.charCodeAt(now.length - 1 - tail)
  ) {
    tail++;
  }
  const line = before.indexOf('\n', before.length - tail);
  const kept = tail === 0 || line < 0 ? 0 : before.length - line - 1;
  return {
    start,
    removed: before.slice(start, before.length - kept),
    added: now.slice(start, now.length - kept),
  };
}
