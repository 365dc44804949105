import { type JsonNode, type JsonObjectNode, jsonTree } from './jsonTree.ts';

/** Replaces the characters from `start` to `end` (exclusive, UTF-16 units) of a text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** How the values of a document are told apart and printed. */
export interface JsonEditing {
  /** Names an element of a list, so that one that moved or changed is still known; undefined: by what it says. */
  readonly identity?: (value: unknown) => string | undefined;
  /** Whether an object stands on a line of its own. */
  readonly oneLine?: (value: object) => boolean;
}

/**
 * The fewest edits that make the JSON `text` say `next`. What is equal stays as it is written: numbers, blanks, line
 * ends, the order of members; what is new is written like its neighbours.
 * @param next a JSON value; members that are undefined count as absent
 * @returns edits that do not overlap, in the order of the text
 * @throws {SyntaxError} when the text is no JSON
 */
export function jsonEdits(text: string, next: unknown, editing: JsonEditing = {}): TextEdit[] {
  const writer = new EditWriter(text, editing);
  return writer.change(jsonTree(text), next).map((edit) => tightened(text, edit));
}

/** `text` with the edits made. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let done = text;
  for (const { start, end, text: put } of [...edits].sort((a, b) => b.start - a.start)) {
    done = done.slice(0, start) + put + done.slice(end);
  }
  return done;
}

/** An element of a list or a member of an object, as it shall be: as it stands, changed in place, or written new. */
interface Slot {
  /** Index among the old ones; undefined: new or moved. */
  readonly old?: number;
  /** Undefined: to be printed at the indentation of its list. */
  readonly raw?: string;
  readonly name?: string;
  readonly value: unknown;
}

interface Extent {
  readonly start: number;
  readonly end: number;
}

class EditWriter {
  readonly #text: string;
  readonly #editing: JsonEditing;
  readonly #newline: string;
  readonly #unit: string;
  readonly #compact: boolean;
  readonly #colon: string;

  constructor(text: string, editing: JsonEditing) {
    this.#text = text;
    this.#editing = editing;
    this.#compact = !text.trim().includes('\n');
    this.#newline = text.includes('\r\n') ? '\r\n' : '\n';
    this.#unit = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
    this.#colon = /^[^"]*"(?:[^"\\]|\\.)*"\s*:(\s*)/.exec(text)?.[1] ?? ' ';
    if (this.#colon.includes('\n')) this.#colon = ' ';
  }

  change(node: JsonNode, next: unknown): TextEdit[] {
    if (sameJson(node.value, next)) return [];
    if (node.kind === 'array' && Array.isArray(next)) return this.#changeList(node, next);
    if (node.kind === 'object' && isObject(next)) return this.#changeObject(node, next);
    const text = this.#print(next, this.#indentAt(node.start));
    return [{ start: node.start, end: node.end, text }];
  }

  #changeList(node: Extract<JsonNode, { kind: 'array' }>, next: readonly unknown[]): TextEdit[] {
    const { items } = node;
    const keys = items.map(({ value }) => this.#keyOf(value));
    const nextKeys = next.map((value) => this.#keyOf(value));
    const kept = paired(commonSubsequence(keys, nextKeys), keys, nextKeys);
    const gone = new Map<string, number[]>();
    const staying = new Set(kept.values());
    keys.forEach((key, i) => {
      if (!staying.has(i)) gone.set(key, [...(gone.get(key) ?? []), i]);
    });
    const slots = next.map((value, i): Slot => {
      const old = kept.get(i);
      if (old !== undefined) return { old, value };
      const moved = gone.get(nextKeys[i])?.shift();
      return moved === undefined ? { value } : { value, raw: this.#moved(items[moved], value) };
    });
    return this.#rewrite(node, items, slots, (slot) => this.change(items[slot.old!], slot.value));
  }

  #changeObject(node: JsonObjectNode, next: Readonly<Record<string, unknown>>): TextEdit[] {
    const { members } = node;
    const slots: Slot[] = [];
    // Of a name that stands twice only the last one says something; the others stay as they are.
    const last = new Map(members.map(({ name }, i) => [name, i]));
    members.forEach(({ name }, old) => {
      if (next[name] !== undefined) slots.push({ old, name, value: next[name] });
    });
    let after = -1;
    for (const [name, value] of Object.entries(next)) {
      if (value === undefined) continue;
      if (last.has(name)) after = slots.findLastIndex((slot) => slot.name === name);
      else slots.splice(++after, 0, { name, value });
    }
    return this.#rewrite(node, members, slots, ({ old, name, value }) =>
      last.get(name!) === old ? this.change(members[old!].node, value) : [],
    );
  }

  /** The edits that leave `slots` of a list or an object: gaps between those that stay are written anew where they must. */
  #rewrite(
    node: Exclude<JsonNode, { kind: 'scalar' }>,
    old: readonly Extent[],
    slots: readonly Slot[],
    inside: (slot: Slot) => TextEdit[],
  ): TextEdit[] {
    const edits: TextEdit[] = [];
    const spread = this.#spread(node, old, slots);
    let before = -1;
    let added: Slot[] = [];
    const close = (next: number) => {
      if (added.length === 0 && next === before + 1) return;
      const start = before < 0 ? node.start + 1 : old[before].end;
      const end = next === old.length ? node.end - 1 : old[next].start;
      const first = before < 0;
      const atEnd = next === old.length;
      const written = added.map((slot) => this.#printSlot(slot, spread.inner));
      const between = `,${spread.between}`;
      const text =
        first && atEnd && written.length === 0
          ? ''
          : (first ? spread.open : written.length > 0 || !atEnd ? between : '') +
            written.join(between) +
            (atEnd ? spread.close : written.length > 0 ? between : '');
      edits.push({ start, end, text });
    };
    for (const slot of slots) {
      if (slot.old === undefined) {
        added.push(slot);
        continue;
      }
      close(slot.old);
      for (const edit of inside(slot)) edits.push(edit);
      before = slot.old;
      added = [];
    }
    close(old.length);
    return edits;
  }

  /** The blanks around the elements of a list: as they are, or as a new list gets them. */
  #spread(
    node: Exclude<JsonNode, { kind: 'scalar' }>,
    old: readonly Extent[],
    slots: readonly Slot[],
  ): { open: string; between: string; close: string; inner: string } {
    const inner = this.#indentAt(node.start) + this.#unit;
    if (old.length > 0) {
      const open = this.#text.slice(node.start + 1, old[0].start);
      const close = this.#text.slice(old.at(-1)!.end, node.end - 1);
      const between =
        old.length > 1 ? this.#text.slice(old[0].end, old[1].start).replace(/\s*,/, '') : undefined;
      const lines = open.includes('\n');
      const own = lines ? (/[ \t]*$/.exec(open)?.[0] ?? inner) : inner;
      return {
        open,
        close,
        between: between ?? (lines ? this.#newline + own : this.#compact ? '' : ' '),
        inner: own,
      };
    }
    const blank = this.#compact ? '' : ' ';
    const tight = this.#compact || slots.every(({ name, value }) => name === undefined && !isObject(value));
    if (tight) return { open: '', between: blank, close: '', inner };
    const line = this.#newline + inner;
    return { open: line, between: line, close: this.#newline + this.#indentAt(node.start), inner };
  }

  #printSlot({ name, value, raw }: Slot, indent: string): string {
    const text = raw ?? this.#print(value, indent);
    return name === undefined ? text : `${JSON.stringify(name)}:${this.#colon}${text}`;
  }

  /** An element that moved, as it was written, with what else changed in it. */
  #moved(node: JsonNode, value: unknown): string {
    const edits = this.change(node, value).map(({ start, end, text }) => ({
      start: start - node.start,
      end: end - node.start,
      text,
    }));
    return applyEdits(this.#text.slice(node.start, node.end), edits);
  }

  #keyOf(value: unknown): string {
    return this.#editing.identity?.(value) ?? JSON.stringify(value) ?? 'null';
  }

  /** The blanks that the line of `offset` begins with. */
  #indentAt(offset: number): string {
    const line = this.#text.lastIndexOf('\n', offset - 1) + 1;
    return /^[ \t]*/.exec(this.#text.slice(line, offset))?.[0] ?? '';
  }

  #print(value: unknown, indent: string): string {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
    if (this.#compact) return JSON.stringify(value);
    const inner = indent + this.#unit;
    const list = Array.isArray(value);
    const parts = list
      ? value.map((item) => this.#print(item, inner))
      : Object.entries(value).flatMap(([key, item]) =>
          item === undefined ? [] : [`${JSON.stringify(key)}:${this.#colon}${this.#print(item, inner)}`],
        );
    const [left, right] = list ? '[]' : '{}';
    if (parts.length === 0) return `${left}${right}`;
    if (!list && this.#editing.oneLine?.(value)) return `${left} ${parts.join(', ')} ${right}`;
    const line = this.#newline;
    return `${left}${line}${parts.map((part) => inner + part).join(`,${line}`)}${line}${indent}${right}`;
  }
}

/** What two lists have in common, in order: index in `next` to index in `old`. */
function commonSubsequence(old: readonly string[], next: readonly string[]): Map<number, number> {
  const kept = new Map<number, number>();
  let head = 0;
  while (head < old.length && head < next.length && old[head] === next[head]) {
    kept.set(head, head);
    head++;
  }
  let tail = 0;
  while (
    tail < Math.min(old.length, next.length) - head &&
    old[old.length - 1 - tail] === next[next.length - 1 - tail]
  ) {
    tail++;
    kept.set(next.length - tail, old.length - tail);
  }
  const [rows, columns] = [old.length - head - tail, next.length - head - tail];
  const longest = new Uint16Array((rows + 1) * (columns + 1));
  const at = (i: number, j: number) => i * (columns + 1) + j;
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      longest[at(i, j)] =
        old[head + i] === next[head + j]
          ? longest[at(i + 1, j + 1)] + 1
          : Math.max(longest[at(i + 1, j)], longest[at(i, j + 1)]);
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    if (old[head + i] === next[head + j]) kept.set(head + j++, head + i++);
    else if (longest[at(i + 1, j)] >= longest[at(i, j + 1)]) i++;
    else j++;
  }
  return kept;
}

/** Between two that stay, as many new ones as old ones are the old ones changed, unless they stand elsewhere. */
function paired(
  kept: ReadonlyMap<number, number>,
  old: readonly string[],
  next: readonly string[],
): Map<number, number> {
  const all = new Map(kept);
  const stay = new Set(kept.values());
  const oldKeys = new Set(old.filter((_, i) => !stay.has(i)));
  const nextKeys = new Set(next.filter((_, i) => !kept.has(i)));
  const anchors = [...kept].sort(([a], [b]) => a - b);
  let [n, o] = [0, 0];
  for (const [nextAt, oldAt] of [...anchors, [next.length, old.length] as const]) {
    if (nextAt - n === oldAt - o) {
      for (let i = 0; i < nextAt - n; i++) {
        if (!oldKeys.has(next[n + i]) && !nextKeys.has(old[o + i])) all.set(n + i, o + i);
      }
    }
    [n, o] = [nextAt + 1, oldAt + 1];
  }
  return all;
}

/** The edit without what it would write again as it stands. */
function tightened(text: string, { start, end, text: put }: TextEdit): TextEdit {
  let head = 0;
  while (start + head < end && head < put.length && text[start + head] === put[head]) head++;
  let tail = 0;
  while (
    tail < Math.min(end - start, put.length) - head &&
    text[end - 1 - tail] === put[put.length - 1 - tail]
  ) {
    tail++;
  }
  return { start: start + head, end: end - tail, text: put.slice(head, put.length - tail) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two JSON values say the same, whatever the order of their members; undefined members are absent. */
function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  for (const name in b) if (b[name] !== undefined && a[name] === undefined) return false;
  for (const name in a) if (!sameJson(a[name], b[name])) return false;
  return true;
}
