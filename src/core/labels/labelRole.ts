import { nounForms, plainText, withoutNumbering } from './labelText.ts';

/** What a label says by way of the others, where it is no name of a thing by itself. */
export type LabelRole =
  /** Whatever is none of these labels: `not_cat` beside `cat`. */
  | { readonly kind: 'not'; readonly labels: readonly string[] }
  /** None of the others: `background`; of a kind where it says so: `other vehicles`. */
  | { readonly kind: 'rest'; readonly of?: string | undefined }
  /** One of several labels with the same head, told from them by what is around it: `cat_on_sofa` beside `cat_on_grass`. */
  | { readonly kind: 'with'; readonly head: string; readonly context: string }
  /** It says what is not there, and no other label says what that is. */
  | { readonly kind: 'unclear'; readonly not: string };

export const roleKinds = ['not', 'rest', 'with', 'unclear'] as const satisfies readonly LabelRole['kind'][];

/** Whether a label with this role has no meaning of its own, so that it is compared with nothing. */
export function isDefinedByOthers(role: LabelRole | undefined): boolean {
  return role !== undefined && role.kind !== 'with' && !(role.kind === 'rest' && role.of !== undefined);
}

/** What of a label names the thing that it is. */
export function namedBy(name: string, role: LabelRole | undefined): string {
  if (role?.kind === 'with') return role.head;
  return role?.kind === 'rest' && role.of !== undefined ? role.of : name;
}

/** Words that stand for all that has no label. */
const restWords = new Set(
  (
    'background backgrounds other others unknown unknowns none negative negatives misc miscellaneous rest remainder ' +
    'nothing neither unlabelled unlabeled unclassified unsorted uncategorized uncategorised undefined clutter ' +
    'distractor distractors empty blank null na'
  ).split(' '),
);

/** Words beside these that add nothing: `other things`, `unknown class`. */
const fillers = new Set(
  (
    'of the a an these those them above all any class classes category categories label labels image images picture ' +
    'pictures photo photos object objects thing things stuff type types item items kind kinds'
  ).split(' '),
);

/** `other vehicles`, `unknown bird`: what follows says of which kind. */
const restOfKind =
  /^(?:(?:all |any |every )?other|others|misc|miscellaneous|unknown|remaining|another) (.+)$/;

const negations = [
  /^(?:not|no|non|without|anything but|anything except|anything other than|everything but|everything except|all but|neither|other than) (.+)$/,
  /^(.+) (?:free|absent)$/,
];

/** `with_mask` beside `without_mask`, `helmet present`: the same as `mask` and `helmet`. */
const affirmation = /^(?:with|has|have|having|wearing|is|contains) (.+)$|^(.+) present$/;

/** `person without helmet`: the complement of `person with helmet`. */
const lacking = /^(.+) (?:without|with no|not wearing|not in) (.+)$/;

const around =
  /^(.+?) (?:on|in|at|near|behind|under|with|by|beside|over|inside|against|above|below|among|next to|in front of) (.+)$/;

const article = /^(?:an?|the|any) (?!(?:and|or|nor) )/;

/** `nothotdog` and `nonhotdog` beside `hotdog`. */
const glued = /^no[nt](\S{3,})$/;

/**
 * The roles of the labels of a set; undefined for those that are names of their own.
 * @param isKnown whether a phrase is a word of the dictionary, so that `jack-in-the-box` and `non-fiction` are names
 */
export function labelRoles(
  names: readonly string[],
  isKnown: (phrase: string) => boolean = () => false,
): (LabelRole | undefined)[] {
  const texts = names.map((name) => plainText(withoutNumbering(name.replace(/\([^()]*\)/g, ' '))));
  const plain = places(texts, (text) => [affirmed(text)]);
  const scenes = texts.map((text) => (isKnown(text) ? undefined : sceneOf(text)));
  const heads = places(scenes, (scene) => (scene ? [scene.head] : []));
  const others = (found: readonly number[], t: number) => found.filter((at) => at !== t);
  const not = (found: readonly number[]): LabelRole | undefined =>
    found.length === 0
      ? undefined
      : { kind: 'not', labels: [...new Set(found)].sort((a, b) => a - b).map((at) => names[at]) };

  return texts.map((text, t): LabelRole | undefined => {
    if (names.length < 2) return undefined;
    const rest = restOf(text);
    if (rest) return rest;
    const denied = deniedBy(text);
    if (denied) {
      const [first, ...further] = denied.split(/ (?:or|and|nor) |\s*[,/&+;|]\s*/);
      // "not cat and not dog".
      const parts = [denied, first, ...further.map((part) => deniedBy(part) ?? part)];
      const found = not(
        others(
          parts.flatMap((part) => plain(part.replace(article, ''))),
          t,
        ),
      );
      const name = isKnown(text) || isKnown(text.replaceAll(' ', ''));
      return found ?? (name ? undefined : { kind: 'unclear', not: denied });
    }
    const [, word] = glued.exec(text) ?? [];
    const complement = word && !isKnown(text) ? not(others(plain(word), t)) : undefined;
    if (complement) return complement;
    const [, head, missing] = lacking.exec(text) ?? [];
    if (head && missing) {
      const found = others(heads(head.replace(article, '')), t);
      const lacked = not(found.filter((at) => sameForm(scenes[at]!.context, missing)));
      if (lacked) return lacked;
    }
    const scene = scenes[t];
    return scene && others(heads(scene.head), t).length > 0 ? { kind: 'with', ...scene } : undefined;
  });
}

/** Looks up at which places a phrase stands, in the singular or plural, as one word or as several. */
function places<Of>(
  items: readonly Of[],
  phrasesOf: (item: Of) => readonly string[],
): (phrase: string) => readonly number[] {
  const known = new Map<string, Set<number>>();
  for (const [at, item] of items.entries()) {
    for (const form of phrasesOf(item).flatMap(formsOf))
      known.set(form, (known.get(form) ?? new Set()).add(at));
  }
  return (phrase) => [...new Set(formsOf(phrase).flatMap((form) => [...(known.get(form) ?? [])]))];
}

function restOf(text: string): Extract<LabelRole, { kind: 'rest' }> | undefined {
  const words = text.split(' ');
  const telling = words.filter((word) => !fillers.has(word));
  if (telling.length > 0 && telling.every((word) => restWords.has(word))) return { kind: 'rest' };
  if (/^no (?:class|label|match|object|objects|category|one|thing)$/.test(text)) return { kind: 'rest' };
  if (/^(?:background|clutter|none of)\b/.test(text)) return { kind: 'rest' };
  if (/^(?:other|others) than /.test(text)) return undefined;
  const kind = restOfKind.exec(text)?.[1];
  return kind ? { kind: 'rest', of: kind } : undefined;
}

function deniedBy(text: string): string | undefined {
  for (const pattern of negations) {
    const denied = pattern.exec(text)?.[1];
    if (denied) return denied.replace(article, '');
  }
  return undefined;
}

function affirmed(text: string): string {
  const [, first, last] = affirmation.exec(text) ?? [];
  return (first ?? last ?? text).replace(article, '');
}

function sceneOf(text: string): { readonly head: string; readonly context: string } | undefined {
  const [, head, context] = around.exec(text) ?? [];
  return head && context
    ? { head: head.replace(article, ''), context: context.replace(article, '') }
    : undefined;
}

/** A phrase as one word, in the singular and the plural. */
function formsOf(phrase: string): string[] {
  return nounForms(phrase, () => undefined).map((form) => form.replaceAll(/[_-]/g, ''));
}

function sameForm(a: string, b: string): boolean {
  const forms = formsOf(a);
  return formsOf(b).some((form) => forms.includes(form));
}
