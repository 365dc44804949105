/** Levels of lists and mappings in YAML. */
export const DEEPEST_YAML = 100;

/**
 * Whether YAML may be nested deeper than its parser goes, which calls itself for each level: near the end of the stack a
 * regular expression ends the whole process. Brackets in quotes count too, and so does indentation.
 */
export function nestsDeeply(text: string): boolean {
  let open = 0;
  for (const mark of text) {
    if (mark === '[' || mark === '{') open++;
    else if ((mark === ']' || mark === '}') && open > 0) open--;
    if (open > DEEPEST_YAML) return true;
  }
  return new RegExp(`^(?:[ \\t]|[-?:](?=\\s)){${2 * DEEPEST_YAML}}`, 'm').test(text);
}
