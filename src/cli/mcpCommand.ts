import { Console } from 'node:console';
import path from 'node:path';
import { mustBeFolder } from '../files/folders.ts';
import { type Command, EXIT } from './command.ts';
import { EngineOnDemand } from './engineOnDemand.ts';
import { commonOptions } from './options.ts';

export const mcpCommand: Command = {
  name: 'mcp',
  usage: 'mcp [--root FOLDER]... [--allow-write] [--allow-pictures]',
  summary: 'Serve AI agents over the Model Context Protocol, on standard input and output.',
  text: 'An agent (a program with a language model) starts this command and asks it to describe folders, align labels, classify images, and so on: the same work that the other commands do. Agents see only the folders that they were given as roots, else the working directory, and only read: with --allow-write they may also write alignments, labels and exports there. Nothing leaves this machine but what the agent itself passes on.',
  options: {
    root: {
      value: 'FOLDER',
      multiple: true,
      text: 'A folder that agents may use. Can be repeated (default: the roots of the agent, else the working directory).',
    },
    'allow-write': { text: 'Agents may write alignments, labels, runs and exports below the roots.' },
    'allow-pictures': {
      text: 'Models may see small pictures of images below the roots. Without it, the agent asks you each time, if it can.',
    },
    ...commonOptions,
  },
  examples: [
    ['semap mcp --root ~/photos', 'Agents may look at this folder.'],
    [
      '{ "command": "semap", "args": ["mcp", "--root", "/data", "--allow-write"] }',
      'As an entry in the configuration of an agent.',
    ],
  ],
  async run({ args, setup, signal, version }) {
    args.none('semap mcp takes no argument.', 'For a folder: semap mcp --root FOLDER');
    const roots = args.texts('root').map((folder) => path.resolve(folder));
    for (const root of roots) await mustBeFolder(root);
    // Standard output is the client's: whatever a library prints goes where people read.
    globalThis.console = new Console(process.stderr, process.stderr);
    const { serve } = await mcpServer();
    // VS Code itself says which it is, where it starts this.
    const uriScheme = process.env['SEMAP_URI_SCHEME'] ?? 'vscode';
    const engine = new EngineOnDemand(setup);
    try {
      const streams = { input: process.stdin, output: process.stdout };
      const { cacheFolder } = setup;
      const allowWrite = args.flag('allow-write');
      const allowPictures = args.flag('allow-pictures');
      const options = { roots, cacheFolder, allowWrite, allowPictures, version, uriScheme };
      await serve({ engine, ...options, signal, ...streams });
      return EXIT.done;
    } finally {
      await engine.stop();
    }
  },
};

/** In a bundle of its own: other commands start without the library. */
function mcpServer(): Promise<typeof import('../mcp/serve.ts')> {
  const here = import.meta.url;
  return import(new URL(here.endsWith('.ts') ? '../mcp/serve.ts' : './mcp.mjs', here).href);
}
