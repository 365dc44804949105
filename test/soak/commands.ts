import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scratch } from '../unit/engine/engineHarness.ts';
import { builtCommand } from '../unit/programs.ts';

/** How long an engine may live on after its command was killed. */
const ORPHAN_MILLISECONDS = 4000;

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly seconds: number;
}

/** Runs `semap` with caches and installed backbones of its own, and kills it. */
export class Commands {
  readonly files: Scratch;

  constructor(files: Scratch) {
    this.files = files;
  }

  /** Runs a command to its end. */
  async run(argv: readonly string[], home: string): Promise<Ended> {
    const began = performance.now();
    const { child, ended } = this.#start(argv, home);
    const said = { out: '', err: '' };
    child.stdout?.on('data', (text) => {
      said.out += text;
    });
    child.stderr?.on('data', (text) => {
      said.err += text;
    });
    const code = await ended;
    return { ...said, code, seconds: (performance.now() - began) / 1000 };
  }

  /**
   * Kills a command after a time: with its engine, as when the power goes, or without it, as when somebody kills what
   * they see.
   * @returns whether it was over before
   */
  async kill(
    argv: readonly string[],
    home: string,
    { after, family }: { readonly after: number; readonly family: boolean },
  ): Promise<boolean> {
    const { child, ended } = this.#start(argv, home);
    child.stdout?.resume();
    child.stderr?.resume();
    let over = false;
    void ended.then(() => {
      over = true;
    });
    await Promise.race([ended, sleep(after)]);
    const wasOver = over;
    try {
      // The command leads a group of its own, to which its engine belongs.
      process.kill(family ? -child.pid! : child.pid!, 'SIGKILL');
    } catch {
      // It was over.
    }
    await ended;
    // An engine that lost its command has a moment to write down what it has. That none stays is tested in orphans.ts.
    await groupEnds(child.pid!);
    return wasOver;
  }

  #start(argv: readonly string[], home: string): { child: ChildProcess; ended: Promise<number | null> } {
    const at = this.files.path(home);
    const child = spawn(process.execPath, [...builtCommand, ...argv], {
      cwd: this.files.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        SEMAP_CACHE: path.join(at, 'cache'),
        XDG_DATA_HOME: path.join(at, 'data'),
        HOME: at,
        APPDATA: at,
        NODE_TEST_CONTEXT: undefined,
      },
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, ended };
  }
}

/** Names below a folder of writes that were killed. */
export function temporariesBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /^\.semap-.*\.tmp$|\.part(?:ial)?$/.test(path.basename(name)));
}

/** Waits until no process of a group is left. */
async function groupEnds(leader: number): Promise<void> {
  const until = performance.now() + ORPHAN_MILLISECONDS;
  while (performance.now() < until) {
    try {
      process.kill(-leader, 0);
    } catch {
      return;
    }
    await sleep(20);
  }
}
