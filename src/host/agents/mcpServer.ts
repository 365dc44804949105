import * as vscode from 'vscode';

/** As in `contributes.mcpServerDefinitionProviders` of package.json. */
const ID = 'semap';

/**
 * Offers `semap mcp` to agents in VS Code that look for MCP servers, for the folders that are open. It only reads: what
 * writes is offered as tools of the extension, which ask first. Nothing where VS Code is too old.
 *
 * @param cli the bundle of the command line
 * @param how what it is started with beside the folders
 */
export function registerMcpServer(
  cli: string,
  how: () => { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> },
  version: string,
): vscode.Disposable {
  const register = vscode.lm.registerMcpServerDefinitionProvider;
  const Definition = vscode.McpStdioServerDefinition;
  if (!register || !Definition) return new vscode.Disposable(() => {});
  const changed = new vscode.EventEmitter<void>();
  const provideMcpServerDefinitions = () => {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    if (!vscode.workspace.isTrusted || folders.length === 0) return [];
    const roots = folders.flatMap(({ uri }) => ['--root', uri.fsPath]);
    const { args, env: own } = how();
    const env = { ...own, ELECTRON_RUN_AS_NODE: '1', SEMAP_URI_SCHEME: vscode.env.uriScheme };
    return [new Definition('SeMap', process.execPath, [cli, 'mcp', ...roots, ...args], env, version)];
  };
  return vscode.Disposable.from(
    changed,
    vscode.workspace.onDidChangeWorkspaceFolders(() => changed.fire()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
    register(ID, { onDidChangeMcpServerDefinitions: changed.event, provideMcpServerDefinitions }),
  );
}
