import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Job, WorkerMessage } from './messages.ts';

/** How trying an input ended. */
export interface Outcome {
  readonly kind: 'fine' | 'wrong' | 'crashed' | 'hung' | 'memory';
  readonly message: string;
  /** The input, where there was one. */
  readonly bytes?: Uint8Array | undefined;
}

/** Loading the sources of a target, and making an input. */
const START_SECONDS = 120;

/** A worker process under limits; one that was killed or died is replaced by the next try. */
export class WatchedWorker {
  readonly #seconds: number;
  #child: ChildProcess | undefined;
  #stderr = '';

  /** @param seconds that an input may take */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  async try(job: Job): Promise<Outcome> {
    const first = await this.#tryOnce(job, this.#seconds);
    if (first.kind !== 'hung' && first.kind !== 'memory') return first;
    // A busy machine, or garbage of the inputs before: only what happens again, in a new process, is so.
    await this.stop();
    return this.#tryOnce(job, this.#seconds * 2);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    if (child.connected) child.disconnect();
    const hard = setTimeout(() => child.kill('SIGKILL'), 3000);
    await exited;
    clearTimeout(hard);
  }

  #tryOnce(job: Job, seconds: number): Promise<Outcome> {
    const child = this.#running();
    return new Promise((resolve) => {
      let begun: Extract<WorkerMessage, { kind: 'begun' }> | undefined;
      let late = false;
      const kill = () => {
        late = true;
        child.kill('SIGKILL');
      };
      let timer = setTimeout(kill, START_SECONDS * 1000);
      const settle = (kind: Outcome['kind'], message = '') => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        resolve({ kind, message, bytes: begun?.bytes });
      };
      const onMessage = (message: WorkerMessage) => {
        if (message.kind === 'begun') {
          begun = message;
          clearTimeout(timer);
          timer = setTimeout(kill, seconds * 1000);
          return;
        }
        const { wrong, peak } = message;
        const grown = begun ? peak - begun.megabytes : 0;
        if (wrong !== undefined) settle('wrong', wrong);
        else if (begun && grown > begun.allowed) {
          settle('memory', `took ${Math.round(grown)} MB, ${begun.allowed} are allowed`);
        } else settle('fine');
      };
      const onExit = (code: number | null, signal: NodeJS.Signals | null) => {
        this.#child = undefined;
        const said = this.#stderr.trim();
        if (late) settle('hung', `no end within ${begun ? seconds : START_SECONDS} s`);
        else if (/^out of memory: above/m.test(said) || /heap out of memory/.test(said)) {
          settle('memory', said.slice(0, 300));
        } else settle('crashed', `the process ended with ${signal ?? code}: ${said.slice(-1500)}`);
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.send(job);
    });
  }

  #running(): ChildProcess {
    if (this.#child) return this.#child;
    this.#stderr = '';
    const child = fork(path.join(import.meta.dirname, 'fuzzWorker.ts'), {
      execArgv: ['--import', 'tsx', '--max-old-space-size=1200'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      // A child of a test is no test.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk).slice(-20_000);
    });
    this.#child = child;
    return child;
  }
}
