const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text of others in HTML or XML, as content or in double quotes: nothing in it is markup. */
export function escapeMarkup(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => REFERENCES[character]);
}
