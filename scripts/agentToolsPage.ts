import { type AnyTool, type Changes, jsonSchema } from '../src/capabilities/tool.ts';
import { say } from '../src/core/text/text.ts';

/** What a person can rely on, for each of {@link Changes}. */
const CHANGES: Readonly<Record<Changes, string>> = {
  nothing: 'nothing',
  runs: 'keeps a run',
  labels: 'writes labels of images',
  documents: 'writes documents',
  files: 'writes files',
};

const INTRODUCTION = `# Tools for agents

What SeMap offers to programs with a language model: in VS Code as language-model tools (\`semap_NAME\`, in a chat \`#semapName\`), and by \`semap mcp\` as tools of the Model Context Protocol. They are the same, made of one table. How to set them up, and what an agent sees: [Use SeMap with agents](../guide/use-with-agents.md).

Paths are absolute, or relative to the first workspace folder or root; nothing outside of them is read or written. Results are JSON. Lists are cut, and say so. Every accuracy comes with its 95% interval and the number of images that it was measured on. Errors say what to do. A field in *italics* may be left out.

This page is written by \`npm run texts\`.
`;

/** A JSON Schema of draft 7, as far as schemas of tools go. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}

/** `docs/reference/agent-tools.md`. */
export function agentToolsPage(tools: readonly AnyTool[]): string {
  const rows = tools.map(
    (tool) => `| [\`${tool.name}\`](#${tool.name}) | ${say(tool.title)} | ${changesOf(tool)} |`,
  );
  const overview = ['| tool | | changes at most |', '|---|---|---|', ...rows].join('\n');
  return `${[INTRODUCTION, `${overview}\n`, ...tools.map(section)].join('\n')}`;
}

function changesOf({ changes, long }: AnyTool): string {
  return long ? `${CHANGES[changes]}; may take long` : CHANGES[changes];
}

function section(tool: AnyTool): string {
  return [
    `## ${tool.name}`,
    `${cell(tool.description)}`,
    table('takes', jsonSchema(tool.input, 'input')),
    table('gives', jsonSchema(tool.output, 'output')),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function table(title: string, { properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const shown = required.includes(name) ? `\`${name}\`` : `*\`${name}\`*`;
    return `| ${shown} | ${cell(typeText(schema))} | ${cell(meaning(schema))} |`;
  });
  if (rows.length === 0) return `Takes nothing.`;
  return [`| ${title} | | |`, '|---|---|---|', ...rows].join('\n');
}

/** What it says of itself; of parts that do not stand in the table, the first names. */
function meaning({ description = '', default: usual }: Schema): string {
  return usual === undefined ? description : `${description} Default: ${JSON.stringify(usual)}.`.trim();
}

function typeText(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' or ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeText))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  switch (schema.type) {
    case 'array':
      return `${atMost(schema.maxItems)}list of ${typeText(schema.items ?? {})}`;
    case 'object':
      return objectText(schema);
    case 'integer':
    case 'number':
      return `${schema.type === 'integer' ? 'whole number' : 'number'}${range(schema)}`;
    default:
      return (schema.type as string | undefined) ?? 'anything';
  }
}

function objectText({ properties, additionalProperties }: Schema): string {
  if (properties) return `{ ${Object.keys(properties).join(', ')} }`;
  return typeof additionalProperties === 'object' ? `${typeText(additionalProperties)} by name` : 'object';
}

function atMost(most: number | undefined): string {
  return most === undefined ? '' : `at most ${most}: `;
}

/** Nothing where a schema only says what every whole number keeps to. */
function range({ minimum, maximum }: Schema): string {
  const least = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}`;
  if (least !== undefined) return `, ${least} or more`;
  return most === undefined ? '' : `, at most ${most}`;
}

/** A text that stays in its cell. */
function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll('<', '\\<')
    .replaceAll(/\*(?=\.)/g, '\\*')
    .replaceAll('\n', ' ');
}
