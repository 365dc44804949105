import { phrase, shorten, type Text } from '../text/text.ts';
import type { LabelNote } from './meaning.ts';

/** What a person is told of how a label was read: what it is, and where that may be wrong, what to do. */
export interface NoteTexts {
  readonly said: Text;
  readonly next?: Text;
  /** It may cost accuracy; otherwise it is good to know. */
  readonly amiss: boolean;
}

/** Of a longer hint, beginning and end are told. */
const LONGEST = 80;

const SAY_WHAT = phrase('Add a hint that says what it means.');
const SAY_IMAGES = phrase('Add a hint that names what its images show.');

/** All of a note in words: what it is, and what to do. */
export function noteInFull({ said, next }: NoteTexts): Text {
  return next ? phrase('{0} {1}', said, next) : said;
}

/** The first note of something that may cost accuracy. */
export function firstAmiss(notes: readonly LabelNote[]): NoteTexts | undefined {
  return notes.map(noteTexts).find(({ amiss }) => amiss);
}

/** A note in words; all of it is about one label, which is named beside it. */
export function noteTexts(note: LabelNote): NoteTexts {
  const amiss = (said: Text, next: Text): NoteTexts => ({ said, next, amiss: true });
  switch (note.kind) {
    case 'sentence':
      return amiss(phrase('It reads as a sentence, not as the name of a thing.'), SAY_IMAGES);
    case 'code':
      return amiss(phrase('"{0}" is a code, not a word.', note.phrase), SAY_WHAT);
    case 'unknown':
      return amiss(phrase('WordNet does not know "{0}".', note.phrase), SAY_WHAT);
    case 'respelled':
      return amiss(
        phrase('"{0}" was read as "{1}".', note.from, note.to),
        phrase('If that is wrong, add a hint.'),
      );
    case 'part-only':
      return amiss(
        phrase('WordNet does not know "{0}", so only "{1}" was looked up.', note.phrase, note.part),
        SAY_IMAGES,
      );
    case 'like-others':
      return amiss(
        phrase('"{0}" was read as "{1}", which most labels are.', note.phrase, note.others),
        SAY_IMAGES,
      );
    case 'proper-name':
      return amiss(phrase('"{0}" is the name of a person or place.', note.phrase), SAY_IMAGES);
    case 'hint-unknown':
      return amiss(
        phrase('WordNet does not know the hint "{0}", so it changes nothing.', shorten(note.hint, LONGEST)),
        phrase('Use other words for it.'),
      );
    case 'head-only':
      return {
        said: phrase('WordNet does not know "{0}", so it was read as "{1}".', note.phrase, note.head),
        next: phrase('If that is too broad, add a hint.'),
        amiss: false,
      };
    case 'hint-chose':
      return { said: phrase('The hint chose among the senses of its name.'), amiss: false };
    case 'hint-meant':
      return { said: phrase('It means what the hint says, not what its name says.'), amiss: false };
  }
}
