/** Words with which instructions begin: `Keep dogs on a leash`, `No entry` apart. */
const instructions = new Set(
  'keep do don dont never always please beware go stay give wait fasten'.split(' '),
);

/** Words that sentences have and names of things have not. */
const sentenceWord =
  /\b(?:an?|the|your|my|our|their|this|that|these|all|you|is|are|be|do|does|not|must|may|will|can't|than|who|if|when|no)\b/;

/** An article in front or after "of", and all from a preposition or an activity on, belongs to names, too: `cup of the day`. */
const ofName =
  /^(?:an?|the) |(?<=\bof )(?:an?|the) | (?:with|in|for|on|by|from|at|without|under|near) .*$| \w+ing (?:an?|the) .*$/g;

/** Whether a label in plain text is a sentence or an instruction, which names no thing. */
export function isSentence(text: string): boolean {
  const words = text.split(' ');
  if (words.length > 1 && instructions.has(words[0])) return true;
  return words.length > 2 && sentenceWord.test(text.replaceAll(ofName, ' ').trim().replace(/^no\b/, ''));
}

/** Whether a label is made of digits and too few letters for a word: `A320`, `R2-17b`. */
export function isCode(text: string): boolean {
  return /\d/.test(text) && !/\p{L}{3}/u.test(text);
}

/** What a label is made of that names a thing and, after it, its state or its kind: `Rose___black_spot`, `vehicle::car`. */
export function levels(label: string): string[] {
  return label
    .split(/_{2,}|::|\s[-–—>]+\s/)
    .map((level) => level.trim())
    .filter((level) => /\p{L}/u.test(level));
}
