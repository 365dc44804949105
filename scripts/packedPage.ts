/** Code, which stays; pictures, on lines of their own or within; links. */
const PARTS =
  /(```[\s\S]*?```|`[^`\n]*`)|^!\[[^\]]*\]\((?!https:)[^)]*\)\n+|!\[[^\]]*\]\((?!https:)[^)]*\)|\[((?:[^[\]]|\[[^\]]*\])+)\]\((?!https:|#)[^)]*\)/gm;

/**
 * README or changelog as a package has it where no public repository is known. VS Code and the Marketplace show pictures
 * from https alone and follow no relative link: so pictures are left out, and links to pages that are not packed are text.
 * With a repository in package.json, vsce makes addresses of them instead.
 */
export function packedPage(markdown: string): string {
  return markdown.replaceAll(PARTS, (_, code?: string, text?: string) => code ?? text ?? '');
}
