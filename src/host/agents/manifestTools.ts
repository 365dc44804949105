import { type AnyTool, jsonSchema } from '../../capabilities/tool.ts';
import { say } from '../../core/text/text.ts';

/** A tool as VS Code knows it: unique among those of all extensions. */
function languageModelTool(name: string): `semap_${string}` {
  return `semap_${name}`;
}

/** Key of a tool's title in `package.nls.json`. */
function titleKey(name: string): string {
  return `tool.${name}`;
}

/** The entry of a tool in `contributes.languageModelTools` of package.json. */
export function manifestEntry({ name, description, input }: AnyTool) {
  return {
    name: languageModelTool(name),
    displayName: `%${titleKey(name)}%`,
    toolReferenceName: camelCase(languageModelTool(name)),
    canBeReferencedInPrompt: true,
    icon: 'media/icons/semap.svg',
    userDescription: `%${titleKey(name)}%`,
    modelDescription: description,
    tags: ['semap', 'images', 'classification', 'machine-learning'],
    inputSchema: jsonSchema(input, 'input'),
  };
}

/** Their titles in English, by key. */
export function titles(tools: readonly AnyTool[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tools.map(({ name, title }) => [titleKey(name), say(title)]));
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
