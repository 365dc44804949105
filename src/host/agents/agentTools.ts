import * as vscode from 'vscode';
import type { DoorParts } from '../../capabilities/agentDoor.ts';

/** What VS Code and what language models call a tool: `semap_classify_images`, `classify_images`. */
const PREFIX = 'semap_';

/**
 * Offers SeMap's tools to the language models of VS Code. What a tool takes stands in package.json, which VS Code reads
 * before the extension runs (`scripts/agentTools.ts` writes it from the table of tools). The table itself, with its schemas,
 * takes longer to load than all else of the extension: it is loaded when a model asks.
 *
 * @param manifest the entries of `contributes.languageModelTools`
 */
export function registerAgentTools(
  manifest: readonly { readonly name: string }[],
  parts: Omit<DoorParts, 'mayWrite'>,
): vscode.Disposable {
  const calls = () => import('./toolCalls.ts');
  return vscode.Disposable.from(
    ...manifest.map(({ name }) => {
      const own = name.slice(PREFIX.length);
      return vscode.lm.registerTool(name, {
        prepareInvocation: async ({ input }) => (await calls()).prepared(own, input),
        invoke: async ({ input }, token) => (await calls()).invoked(own, input, token, parts),
      });
    }),
  );
}
