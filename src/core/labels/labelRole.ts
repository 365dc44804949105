import { nounForms, plainText, withoutNumbering } from './labelText.ts';

/** What a label says by way of the others, where it is no name of a thing by itself. */
export type LabelRole =
  /** Whatever is none of these labels: `not_cat` beside `cat`. Indices of the labels. */
  | { readonly kind: 'not'; readonly labels: readonly number[] }
  /** None of the others: `background`; of a kind where it says so: `other vehicles`. */
  | { readonly kind: 'rest'; readonly of?: string | undefined }
  /** One of several labels with the same head, told from them by what is around it: `cat_on_sofa` beside `cat_on_grass`. */
  | { readonly kind: 'with'; readonly head: string; readonly context: string }
  /** It says what is not there, and no other label says what that is. */
  | { readonly kind: 'unclear'; readonly not: string };

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

const article = /^(?:an?|the|any) /;

/**
 * The roles of the labels of a set; undefined for those that are names of their own.
 * @param isKnown whether a phrase is a word of the dictionary, so that `jack-in-the-box` and `non-fiction` are names
 */
export function labelRoles(
  names: readonly string[],
  isKnown: (phrase: string) => boolean = () => false,
): (LabelRole | undefined)[] {
  const texts = names.map((name) => plainText(withoutNumbering(name.replace(/\([^()]*\)/g, ' '))));
  const forms = texts.map((text) => formsOf(affirmed(text)));
  const withForm = (phrase: string, self: number): number[] => {
    const wanted = formsOf(phrase);
    return texts.flatMap((_, t) => (t !== self && [...forms[t]].some((form) => wanted.has(form)) ? [t] : []));
  };
  const scenes = texts.map((text, t) =>
    isKnown(text) || withForm(text, t).length > 0 ? undefined : sceneOf(text),
  );
  return texts.map((text, t): LabelRole | undefined => {
    const rest = restOf(text);
    if (rest) return names.length > 1 ? rest : undefined;
    const denied = deniedBy(text);
    if (denied) {
      const parts = [denied, ...denied.split(/ (?:or|and|nor) |\s*[,/]\s*/)];
      const labels = [...new Set(parts.flatMap((part) => withForm(part.replace(article, ''), t)))];
      if (labels.length > 0) return { kind: 'not', labels: labels.sort((a, b) => a - b) };
      if (!isKnown(text) && !isKnown(text.replaceAll(' ', ''))) return { kind: 'unclear', not: denied };
      return undefined;
    }
    const [, head, missing] = lacking.exec(text) ?? [];
    if (head && missing) {
      const labels = texts.flatMap((other, i) => {
        const scene = i === t ? undefined : sceneOf(other);
        return scene && sameForm(scene.head, head) && sameForm(scene.context, missing) ? [i] : [];
      });
      if (labels.length > 0) return { kind: 'not', labels };
    }
    // "nothotdog" and "nonhotdog" beside "hotdog".
    const glued = /^no[nt](\S{3,})$/.exec(text)?.[1];
    const labels = glued && !isKnown(text) ? withForm(glued, t) : [];
    if (labels.length > 0) return { kind: 'not', labels };
    const scene = scenes[t];
    const shared = scene && scenes.some((other, i) => i !== t && other && sameForm(other.head, scene.head));
    return shared ? { kind: 'with', ...scene } : undefined;
  });
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

/** A phrase as one or as several words, in the singular and the plural. */
function formsOf(phrase: string): ReadonlySet<string> {
  return new Set(nounForms(phrase, () => undefined).map((form) => form.replaceAll(/[_-]/g, '')));
}

function sameForm(a: string, b: string): boolean {
  const forms = formsOf(a);
  return [...formsOf(b)].some((form) => forms.has(form));
}
