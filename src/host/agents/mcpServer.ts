import * as vscode from 'vscode';
import type { CommandLine } from '../commandLine.ts';

/** As in `contributes.mcpServerDefinitionProviders` of package.json. */
const ID = 'semap';

/**
 * Offers `semap mcp` to agents in VS Code that look for MCP servers, for the folders that are open. It only reads: what
 * writes is offered as tools of the extension, which ask first. Nothing where VS Code is too old.
 */
export function registerMcpServer(commandLine: CommandLine, version: string): vscode.Disposable {
  const register = vscode.lm.registerMcpServerDefinitionProvider;
  const Definition = vscode.McpStdioServerDefinition;
  if (!register || !Definition) return new vscode.Disposable(() => {});
  const changed = new vscode.EventEmitter<void>();
  const provideMcpServerDefinitions = () => {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    if (!vscode.workspace.isTrusted || folders.length === 0) return [];
    const roots = folders.flatMap(({ uri }) => ['--root', uri.fsPath]);
    const { command, args, env } = commandLine.start(['mcp', ...roots]);
    return [
      new Definition('SeMap', command, args, { ...env, SEMAP_URI_SCHEME: vscode.env.uriScheme }, version),
    ];
  };
  return vscode.Disposable.from(
    changed,
    vscode.workspace.onDidChangeWorkspaceFolders(() => changed.fire()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
    register(ID, { onDidChangeMcpServerDefinitions: changed.event, provideMcpServerDefinitions }),
  );
}
