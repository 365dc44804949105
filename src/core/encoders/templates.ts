import { invalidArgument } from '../errors.ts';
import { withoutNumbering } from '../labels/labelText.ts';
import { phrase } from '../text/text.ts';

/** What a label is to a text encoder. */
export interface EncodedLabel {
  readonly name: string;
  /** Further names of the same thing: the other lemmas of a synset. */
  readonly synonyms?: readonly string[] | undefined;
  /** A dictionary definition, used when asked for. */
  readonly gloss?: string | undefined;
  /** What a person said it means, always used: `Birman cat`, `the machine`. */
  readonly hint?: string | undefined;
}

/** What may follow the name of a label. */
export const labelDetails = ['none', 'synonyms', 'gloss'] as const;

/** How labels become texts. */
export interface TemplateOptions {
  /** Each with one `{}` where the name goes; several make an ensemble. */
  readonly templates: readonly string[];
  /**
   * What follows the name, for homonyms (crane the bird and crane the machine): nothing, up to two further names, or
   * the gloss.
   */
  readonly detail: (typeof labelDetails)[number];
}

/** The paper's: one template, the bare name. */
export const DEFAULT_TEMPLATES: TemplateOptions = { templates: ['a photo of a {}.'], detail: 'none' };

/** A definition is cut at this many characters: CLIP reads 77 tokens. */
const MAX_GLOSS = 120;
const MAX_NAME = 300;

/** Templates as a person wrote them, checked. @throws {SemapError} invalid-argument */
export function checkTemplates(templates: readonly string[]): readonly string[] {
  const kept = templates.map((template) => template.trim()).filter((template) => template !== '');
  if (kept.length === 0) return DEFAULT_TEMPLATES.templates;
  for (const template of kept) {
    if (template.split('{}').length !== 2) {
      throw invalidArgument(phrase('The template "{0}" must hold {} exactly once.', template), {
        hint: phrase('Write {} where the label goes: "a photo of a {}."'),
      });
    }
  }
  return [...new Set(kept)];
}

/** The texts of one label, one per template. */
export function textsOf(label: EncodedLabel, { templates, detail }: TemplateOptions): string[] {
  const name = `${promptedName(label)}${detailOf(label, detail)}`;
  // A replacement string would give `$&` in a label a meaning.
  return templates.map((template) => template.replace('{}', () => name));
}

/** `sports_car`, `sports-car`, `sportsCar` and `012.sports-car` read as `sports car`; a label of odd characters alone stays as it is. */
export function readable(name: string): string {
  const words = withoutNumbering(name)
    // Not `iPod`: two small letters before a capital make a word.
    .replace(/([\p{Ll}\d]{2})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replace(/[_\s]+/g, ' ')
    .trim();
  // Hyphens stand for spaces only where nothing else does: `flat-coated retriever` and `Band-Aid` keep theirs.
  const plain = /[\s\p{Lu}]/u.test(words) ? words : words.replace(/(?<=\p{L}{2})-(?=\p{L}{2})/gu, ' ');
  return plain === '' ? name : plain;
}

/** What stands for a label in a text: its name, and what a person said of it. */
export function promptedName(label: EncodedLabel): string {
  return hinted(label).slice(0, MAX_NAME);
}

/** `Birman` with the hint `Birman cat` reads `Birman cat`; `crane` with the hint `the machine` reads `crane, the machine`. */
function hinted({ name, hint }: EncodedLabel): string {
  const plain = readable(name);
  const said = (hint ?? '').trim();
  if (said === '') return plain;
  return said.toLowerCase().includes(plain.toLowerCase()) ? said : `${plain}, ${said}`;
}

function detailOf(label: EncodedLabel, detail: TemplateOptions['detail']): string {
  switch (detail) {
    case 'none':
      return '';
    case 'synonyms': {
      const own = readable(label.name).toLowerCase();
      const others = (label.synonyms ?? [])
        .map(readable)
        .filter((name) => name !== '' && name.toLowerCase() !== own);
      const first = [...new Set(others)].slice(0, 2);
      return first.length === 0 ? '' : `, ${first.join(', ')}`;
    }
    case 'gloss': {
      // Examples in WordNet's glosses come after a semicolon, in quotes.
      const definition = (label.gloss ?? '').split(/;\s*"/)[0].trim();
      if (definition === '') return '';
      const cut =
        definition.length <= MAX_GLOSS ? definition : definition.slice(0, MAX_GLOSS).replace(/\s+\S*$/, '');
      return `, ${cut}`;
    }
  }
}
