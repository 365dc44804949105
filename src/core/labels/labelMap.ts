import type { LabelEntry } from './labelEntry.ts';

const TOKEN = /([\w.]+)\s*:?\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[^\s{}"',;]+)|[{}]/g;
const FREEBASE = /^\/[mg]\/\w+$/;

/** Whether a text is a label map as TensorFlow's object detection has it (`label_map.pbtxt`). */
export function isLabelMap(text: string): boolean {
  return /^\s*(?:#[^\n]*\n\s*)*item\s*:?\s*\{/.test(text);
}

/** The items of a `label_map.pbtxt`: `item { id: 1 name: 'cat' display_name: "Cat" }`. What people read goes first. */
export function labelsOfLabelMap(text: string): LabelEntry[] {
  const entries: LabelEntry[] = [];
  let fields = new Map<string, string>();
  for (const [token, key, value] of text.replace(/^\s*#.*$/gm, '').matchAll(TOKEN)) {
    if (token === '{') fields = new Map();
    else if (token !== '}')
      fields.set(key, /^["']/.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value);
    else {
      const name = fields.get('name') ?? '';
      const shown = fields.get('display_name') ?? '';
      const index = Number(fields.get('id') ?? Number.NaN);
      const label = shown !== '' && (name === '' || FREEBASE.test(name)) ? shown : name;
      if (label !== '') entries.push({ name: label, ...(Number.isInteger(index) ? { index } : {}) });
      fields = new Map();
    }
  }
  return entries;
}
