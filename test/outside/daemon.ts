import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../scripts/debian.ts';

/** A service that a test has for itself. It ends with the process of the test, however that ends. */
export class Daemon {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(program: string, args: readonly string[], env = process.env) {
    const line = [findProgram(program) ?? program, ...args];
    const binder = findProgram('setpriv');
    if (binder) line.unshift(binder, '--pdeathsig', 'TERM', '--');
    this.#child = spawn(line[0], line.slice(1), { env, stdio: 'ignore' });
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', resolve);
      this.#child.once('error', resolve);
    });
  }

  /** Ends it: by force where it takes longer than so many milliseconds. */
  async stop(milliseconds: number): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    await Promise.race([this.#ended, sleep(milliseconds, undefined, { ref: false })]);
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
