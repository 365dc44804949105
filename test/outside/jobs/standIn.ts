import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { type JobEngine, recipeFor } from '../../../src/core/jobs/recipes/recipes.ts';

/** Plays `semap run-shard`: notes which shard it is asked for, and ends as that shard's `plan` says, line by line. */
const STAND_IN = `#!/bin/bash
job=$2
index=\${SLURM_ARRAY_TASK_ID:-\${@: -1}}
echo "$index" >> "$job/ran"
end=$(sed -n "$(grep -c "^$index\\$" "$job/ran")p" "$job/plan-$index" 2>/dev/null)
case $end in
  kill) kill -KILL $$ ;;
  hang) sleep 60 ;;
  '') touch "$job/results/$index" ;;
  *) exit "$end" ;;
esac
`;

/** A job in a folder whose name no shell may read wrongly, with a stand-in for `semap`. */
export class StandInJob {
  readonly folder: string;
  readonly shards: number;
  /** With the stand-in as `semap`. */
  readonly environment: NodeJS.ProcessEnv;

  private constructor(folder: string, shards: number, programs: string) {
    this.folder = folder;
    this.shards = shards;
    this.environment = { ...process.env, PATH: `${programs}${path.delimiter}${process.env['PATH']}` };
  }

  /** @param plan how a shard ends, time by time: an exit code, `kill`, or `hang`; after them it is done */
  static async make(
    context: TestContext,
    engine: JobEngine,
    shards: number,
    plan: Readonly<Record<number, readonly (number | 'kill' | 'hang')[]>> = {},
  ): Promise<StandInJob> {
    const root = await mkdtemp(path.join(os.tmpdir(), 'semap-engines-'));
    context.after(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
    const folder = path.join(root, "a job's {folder}");
    const programs = path.join(root, 'bin');
    await mkdir(path.join(folder, 'results'), { recursive: true });
    await mkdir(programs);
    await writeFile(path.join(programs, 'semap'), STAND_IN);
    await chmod(path.join(programs, 'semap'), 0o755);
    for (const [shard, ends] of Object.entries(plan)) {
      await writeFile(path.join(folder, `plan-${shard}`), ends.map((end) => `${end}\n`).join(''));
    }
    const job = { folder, id: '0123456789abcdef', shards, folders: ['/data'] };
    for (const { name, text } of recipeFor(engine, job).files) await writeFile(path.join(folder, name), text);
    return new StandInJob(folder, shards, programs);
  }

  /** Runs a program in the job's folder. */
  run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return runIn(this.folder, program, args, { ...this.environment, ...environment });
  }

  /** The shards that are done, in order. */
  async done(): Promise<number[]> {
    const names = await readdir(path.join(this.folder, 'results'));
    return names.map(Number).sort((a, b) => a - b);
  }

  /** How often each shard was run. */
  async runs(): Promise<number[]> {
    const ran = await readFile(path.join(this.folder, 'ran'), 'utf8').catch(() => '');
    const counts = Array.from({ length: this.shards }, () => 0);
    for (const line of ran.split('\n')) if (line !== '') counts[Number(line)]++;
    return counts;
  }
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program in a folder. @returns its exit code and what it printed */
export function runIn(
  cwd: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** Whether this is GNU's program of the name, and not another one's. */
export function isGnu(program: string): boolean {
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout?.startsWith('GNU') === true;
}
