import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { QUIET_SETTINGS } from './quietSettings.ts';
import type { VsCodeServer } from './server.ts';

export interface WebVsCodeOptions {
  /** Has the files of VS Code. Nothing else of it is used. */
  readonly server: VsCodeServer;
  /** Folder of the extension, as it is packed. */
  readonly extension: string;
  /** What is open: a folder that VS Code reads by HTTP alone, as vscode.dev reads a repository. */
  readonly workspace: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** The file system of the folder that is open. */
const SCHEME = 'semap-files';
const PARTS = { extension: '/-/extension/', files: '/-/files/', provider: '/-/provider/' } as const;

/**
 * VS Code with no computer behind it, as on vscode.dev: its workbench, an extension host in a worker of the browser, and a
 * folder on no disk. The files of VS Code are those of a {@link VsCodeServer}, whose page is told of no server.
 */
export class WebVsCode {
  readonly url: string;
  readonly #server: Server;

  private constructor(url: string, server: Server) {
    this.url = url;
    this.#server = server;
  }

  static async start(options: WebVsCodeOptions): Promise<WebVsCode> {
    const server = createServer((request, response) => {
      answer(options, request, response).catch((error: NodeJS.ErrnoException) => {
        response.writeHead(error.code === 'ENOENT' || error.code === 'ENOTDIR' ? 404 : 500);
        response.end(String(error));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('The page of VS Code has no port.');
    return new WebVsCode(`http://127.0.0.1:${address.port}/`, server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function answer(
  options: WebVsCodeOptions,
  { url = '/', headers: { host = '' } }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, search } = new URL(url, `http://${host}`);
  const below = (part: keyof typeof PARTS) =>
    pathname.startsWith(PARTS[part]) ? decodeURIComponent(pathname.slice(PARTS[part].length)) : undefined;
  const own = below('extension');
  if (own !== undefined) return send(response, own, await readFile(inside(options.extension, own)));
  const provided = below('provider');
  if (provided !== undefined) return send(response, provided, PROVIDER[provided] ?? '{}');
  const file = below('files');
  if (file !== undefined) return sendFile(response, inside(options.workspace, file), search === '?stat');
  const original = await fetch(new URL(`${pathname}${search}`, options.server.url), {
    // Packing the 20 MB of a window takes the server longer than sending them does.
    headers: { 'accept-encoding': 'identity' },
  });
  // VS Code's own extensions come without what of them runs in a browser, and nothing ends before they have begun.
  if (original.status === 404 && /\/extensions\/[^/]+\/.*\.js$/.test(pathname))
    return send(response, pathname, 'exports.activate = () => {};');
  const type = original.headers.get('content-type') ?? 'application/octet-stream';
  const bytes = Buffer.from(await original.arrayBuffer());
  response.writeHead(original.status, { 'content-type': type });
  if (pathname === '/') response.end(withoutServer(String(bytes), host, options));
  else response.end(pathname.endsWith('/workbench/workbench.js') ? withoutCodeServer(String(bytes)) : bytes);
}

/** What code-server changed of VS Code, put back: it knows a server always, and keeps settings there. */
const PUT_BACK: readonly (readonly [RegExp, string])[] = [
  [/,remoteAuthority:location\.host\}/, '}'],
  [/(\.file\(this\.userDataPath\)\.with\(\{scheme:)[\w$.]+(\}\))/, '$1"vscode-userdata"$2'],
];

function withoutCodeServer(script: string): string {
  let own = script;
  for (const [theirs, ours] of PUT_BACK) {
    if (!theirs.test(own)) throw new Error(`This VS Code is another: it has no ${theirs}.`);
    own = own.replace(theirs, ours);
  }
  return own;
}

/** The page of VS Code, told that there is no server. */
function withoutServer(page: string, host: string, { settings }: WebVsCodeOptions): string {
  const at = (part: keyof typeof PARTS) => ({
    scheme: 'http',
    authority: host,
    path: PARTS[part].slice(0, -1),
  });
  return page.replace(
    /(<meta id="vscode-workbench-web-configuration" data-settings=")([^"]*)(">)/,
    (_, before: string, told: string, after: string) => {
      const { remoteAuthority: _server, ...configuration } = JSON.parse(told.replaceAll('&quot;', '"'));
      const changed = {
        ...configuration,
        userDataPath: '/',
        additionalBuiltinExtensions: [at('extension'), at('provider')],
        folderUri: { scheme: SCHEME, path: '/project' },
        enableWorkspaceTrust: false,
        configurationDefaults: { ...QUIET_SETTINGS, ...settings },
      };
      return `${before}${JSON.stringify(changed).replaceAll('"', '&quot;')}${after}`;
    },
  );
}

async function sendFile(response: ServerResponse, file: string, isStat: boolean): Promise<void> {
  const stats = await stat(file);
  const isFolder = stats.isDirectory();
  if (!isStat && !isFolder) return send(response, file, await readFile(file));
  const entries = isFolder ? await readdir(file, { withFileTypes: true }) : [];
  const told = {
    isFolder,
    size: stats.size,
    mtime: stats.mtimeMs,
    entries: entries.map((entry) => [entry.name, entry.isDirectory() ? 2 : 1]),
  };
  return send(response, 'stat.json', JSON.stringify(told));
}

const TYPES: Readonly<Record<string, string>> = {
  '.cjs': 'text/javascript',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
};

function send(response: ServerResponse, name: string, content: string | Uint8Array): void {
  response.writeHead(200, {
    'content-type': TYPES[path.extname(name)] ?? 'application/octet-stream',
    // Webviews are of another origin.
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  });
  response.end(content);
}

function inside(folder: string, name: string): string {
  const file = path.join(folder, name);
  if (path.relative(folder, file).startsWith('..')) throw new Error(`${name} leads out of ${folder}.`);
  return file;
}

/** An extension that reads the folder. */
const PROVIDER: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'files',
    publisher: 'semap-test',
    version: '1.0.0',
    engines: { vscode: '^1.90.0' },
    activationEvents: [`onFileSystem:${SCHEME}`, '*'],
    browser: './extension.js',
  }),
  'extension.js': `
const vscode = require('vscode');
exports.activate = ({ extensionUri, subscriptions }) => {
  const address = ({ path }) =>
    extensionUri.toString(true).replace(/provider\\/?$/, 'files/') +
    path.split('/').slice(2).map(encodeURIComponent).join('/');
  const get = async (uri, query = '') => {
    const answer = await fetch(address(uri) + query);
    if (!answer.ok) throw vscode.FileSystemError.FileNotFound(uri);
    return answer;
  };
  const told = async (uri) => (await get(uri, '?stat')).json();
  const refuse = (uri) => { throw vscode.FileSystemError.NoPermissions(uri); };
  const changed = new vscode.EventEmitter();
  subscriptions.push(vscode.workspace.registerFileSystemProvider('${SCHEME}', {
    onDidChangeFile: changed.event,
    watch: () => ({ dispose() {} }),
    stat: async (uri) => {
      const { isFolder, size, mtime } = await told(uri);
      return { type: isFolder ? 2 : 1, size, mtime, ctime: mtime };
    },
    readDirectory: async (uri) => (await told(uri)).entries,
    readFile: async (uri) => new Uint8Array(await (await get(uri)).arrayBuffer()),
    createDirectory: refuse, writeFile: refuse, delete: refuse, rename: refuse,
  }, { isReadonly: true }));
};
`,
};
