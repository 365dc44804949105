import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toolFolder, type VsCodeServerInstall } from './install.ts';
import { QUIET_SETTINGS } from './quietSettings.ts';

export interface VsCodeServerOptions {
  readonly install: VsCodeServerInstall;
  /** Packages to install before the start. */
  readonly extensions?: readonly string[];
  /** Folders of extensions to load from source. */
  readonly sources?: readonly string[];
  /** User settings; merged over ones that keep VS Code quiet. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Lets a page pass `extensionTestsPath` in its payload. */
  readonly testDriver?: boolean;
  /** The display language, such as `ja`: SeMap's texts; VS Code's own stay English. Without it English. */
  readonly language?: string | undefined;
  /** Asks whether a folder is trusted, as a desktop VS Code does. */
  readonly workspaceTrust?: boolean;
  /** 0 = any free one. */
  readonly port?: number;
  readonly log?: (line: string) => void;
}

const KEPT_MS = 6 * 3600 * 1000;

/** What a server that stops is given before it is ended hard. */
const GRACE_MS = 300;

const SETTINGS = {
  ...QUIET_SETTINGS,
  'extensions.autoUpdate': false,
  'git.enabled': false,
  'files.simpleDialog.enable': true,
};

/** A VS Code on 127.0.0.1 with folders of its own, which go when it stops. */
export class VsCodeServer {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #home: string;

  private constructor(url: string, child: ChildProcess, home: string) {
    this.url = url;
    this.#process = child;
    this.#home = home;
  }

  /** @throws Error when a package cannot be installed or the server ends before it listens */
  static async start(options: VsCodeServerOptions): Promise<VsCodeServer> {
    const home = await mkdtemp(path.join(tmpdir(), 'semap-vscode-'));
    const folders = { user: path.join(home, 'user'), extensions: path.join(home, 'extensions') };
    const temporary = path.join(home, 'tmp');
    for (const folder of [path.join(folders.user, 'User'), folders.extensions, temporary]) {
      await mkdir(folder, { recursive: true });
    }
    await writeFile(
      path.join(folders.user, 'User', 'settings.json'),
      JSON.stringify({ ...SETTINGS, ...options.settings }, undefined, 2),
    );
    if (options.language !== undefined) await useLanguage(folders.user, options.language);
    const config = path.join(home, 'config.yaml');
    await writeFile(config, 'auth: none\n');
    const command = [
      options.install.entry,
      ...['--config', config, '--user-data-dir', folders.user, '--extensions-dir', folders.extensions],
    ];
    const environment = environmentOf(home, options.install, temporary);

    try {
      for (const source of options.sources ?? []) {
        const manifest = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8'));
        // At its first start VS Code takes over every folder that it finds here.
        const name = `${manifest.publisher}.${manifest.name}-${manifest.version}`.toLowerCase();
        await symlink(source, path.join(folders.extensions, name), 'dir');
      }
      if (options.extensions) await addExtensions(options.install, options.extensions, folders.extensions);
      const child = spawn(
        options.install.node,
        [
          ...command,
          ...['--auth', 'none', '--bind-addr', `127.0.0.1:${options.port ?? 0}`],
          ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
          '--ignore-last-opened',
          ...(options.workspaceTrust ? [] : ['--disable-workspace-trust']),
          ...(options.testDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
        ],
        { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
      );
      const output = collect(child, options.log);
      const url = await new Promise<string>((resolve, reject) => {
        child.stdout?.on('data', () => {
          const address = /HTTP server listening on (http:\/\/[\w.:]+)/.exec(output())?.[1];
          if (address) resolve(address);
        });
        child.on('error', reject);
        child.on('exit', () => reject(new Error(`VS Code ended before it listened:\n${output()}`)));
      });
      return new VsCodeServer(url, child, home);
    } catch (error) {
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  /** The address that opens a folder. */
  open(folder: string, payload: readonly (readonly [string, string])[] = []): string {
    const query = payload.length > 0 ? `&payload=${encodeURIComponent(JSON.stringify(payload))}` : '';
    return `${this.url}/?folder=${encodeURIComponent(folder)}${query}`;
  }

  /** Where an installed extension lies, by its publisher and name. */
  async extensionFolder(id: string): Promise<string> {
    const folder = path.join(this.#home, 'extensions');
    const name = (await readdir(folder)).find((one) => one.startsWith(`${id}-`));
    if (name === undefined) throw new Error(`${id} is not installed.`);
    return path.join(folder, name);
  }

  /** Every process that this server started, at any depth, orphans too: they share its HOME. Linux only. */
  async processes(): Promise<readonly { readonly pid: number; readonly command: string }[]> {
    const all = await Promise.all(
      (await readdir('/proc'))
        .filter((name) => /^\d+$/.test(name))
        .map(async (name) => {
          const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
          if (!environment.split('\0').includes(`HOME=${this.#home}`)) return undefined;
          const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
          const running = await readlink(`/proc/${name}/exe`).catch(() => undefined);
          return running ? { pid: Number(name), command: command.replaceAll('\0', ' ').trim() } : undefined;
        }),
    );
    return all.filter((found) => found !== undefined);
  }

  /** Asks the server alone to end, as closing the window does; what it started has to notice by itself. */
  end(): void {
    this.#process.kill('SIGTERM');
  }

  /** Ends the server and everything it started, and waits until they are gone. */
  async stop(): Promise<void> {
    const group = this.#process.pid;
    if (group !== undefined) {
      signal(-group, 'SIGTERM');
      for (let waited = 0; signal(-group, 0); waited += 100) {
        // A server that is asked to end waits for windows that may come back.
        if (waited === GRACE_MS) signal(-group, 'SIGKILL');
        if (waited > 10000) break;
        await sleep(100);
      }
    }
    await rm(this.#home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/**
 * Puts packages where a server finds its extensions. VS Code installs each list of packages once; later servers get a copy
 * of what it made of them.
 * @throws Error when VS Code does not install one
 */
async function addExtensions(
  install: VsCodeServerInstall,
  packages: readonly string[],
  into: string,
): Promise<void> {
  const key = createHash('sha256').update(install.entry);
  for (const file of packages) {
    const { size, mtimeMs } = await stat(file);
    key.update(`\n${path.resolve(file)} ${size} ${mtimeMs}`);
  }
  const ready = path.join(toolFolder, `extensions-${key.digest('hex').slice(0, 16)}`);
  if (!existsSync(ready)) {
    await sweepExtensions();
    const home = await mkdtemp(path.join(tmpdir(), 'semap-install-'));
    const extensions = path.join(home, 'extensions');
    for (const file of packages) await installPackage(install, file, home, extensions);
    const arriving = `${ready}.${process.pid}`;
    await cp(extensions, arriving, { recursive: true });
    // Another process may have been faster.
    await rename(arriving, ready).catch(() => rm(arriving, { recursive: true, force: true }));
    await rm(home, { recursive: true, force: true });
  }
  await cp(ready, into, { recursive: true });
  // VS Code notes where an extension lies; without the note it looks for itself.
  await rm(path.join(into, 'extensions.json'), { force: true });
}

/** Removes what was made of packages that nobody has asked for in the last hours. */
async function sweepExtensions(): Promise<void> {
  for (const name of await readdir(toolFolder)) {
    if (!name.startsWith('extensions-')) continue;
    const folder = path.join(toolFolder, name);
    const { ctimeMs } = await stat(folder).catch(() => ({ ctimeMs: Date.now() }));
    if (Date.now() - ctimeMs > KEPT_MS) await rm(folder, { recursive: true, force: true });
  }
}

async function installPackage(
  { node, entry }: VsCodeServerInstall,
  file: string,
  home: string,
  extensions: string,
): Promise<void> {
  const config = path.join(home, 'config.yaml');
  await writeFile(config, 'auth: none\n');
  const folders = [
    '--config',
    config,
    '--user-data-dir',
    path.join(home, 'user'),
    '--extensions-dir',
    extensions,
  ];
  const child = spawn(node, [entry, ...folders, '--install-extension', file, '--force'], {
    env: environmentOf(home, { node, entry }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  const code = await new Promise((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error(`VS Code did not install ${file}:\n${output()}`);
}

/** VS Code speaks a language that a language pack was installed for: one without texts, which leaves its own in English. */
async function useLanguage(userFolder: string, language: string): Promise<void> {
  const texts = path.join(userFolder, 'main.i18n.json');
  const extensions = [{ extensionIdentifier: { id: 'semap.language' }, version: '1.0.0' }];
  const pack = { hash: 'semap', extensions, translations: { vscode: texts }, label: language };
  await writeFile(texts, JSON.stringify({ contents: {} }));
  await writeFile(path.join(userFolder, 'languagepacks.json'), JSON.stringify({ [language]: pack }));
  await writeFile(path.join(userFolder, 'User', 'argv.json'), JSON.stringify({ locale: language }));
}

function environmentOf(home: string, { node }: VsCodeServerInstall, temporary = tmpdir()): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: home,
    TMPDIR: temporary,
    EXTENSIONS_GALLERY: '{}',
    // Each window starts an extension host and an engine, of the same megabytes of code.
    NODE_COMPILE_CACHE: path.join(toolFolder, 'compiled'),
    PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}`,
  };
  // A server inside a VS Code terminal must not take that window for its own.
  for (const name of Object.keys(environment)) if (name.startsWith('VSCODE_')) delete environment[name];
  return environment;
}

/** Sends a signal; false when nobody is there to receive it. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function collect(child: ChildProcess, log?: (line: string) => void): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-20000);
      log?.(chunk.toString().trimEnd());
    });
  }
  return () => text;
}
