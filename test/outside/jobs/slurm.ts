import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Daemon } from '../daemon.ts';

const execute = promisify(execFile);

/** What of Slurm a test starts. */
export const SLURM = {
  programs: ['slurmctld', 'slurmd', 'sbatch'],
  packages: ['slurmctld', 'slurmd', 'slurm-client'],
} as const;

/** An array takes a few seconds: one that does not end holds the other tests up. */
const MOST_SECONDS = 120;

/** A cluster of two nodes on this machine: a controller and two daemons, with all that they write in one folder. */
export class SlurmCluster {
  readonly #folder: string;
  readonly #daemons: readonly Daemon[];
  readonly environment: NodeJS.ProcessEnv;

  private constructor(folder: string, environment: NodeJS.ProcessEnv, daemons: readonly Daemon[]) {
    this.#folder = folder;
    this.environment = environment;
    this.#daemons = daemons;
  }

  static async start(): Promise<SlurmCluster> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'semap-slurm-'));
    await mkdir(path.join(folder, 'state'));
    const file = path.join(folder, 'slurm.conf');
    await writeFile(file, configuration(folder, await freePorts(3)));
    const environment = { ...process.env, SLURM_CONF: file };
    const start = (program: string, ...args: readonly string[]) =>
      new Daemon(program, ['-D', ...args], environment);
    const daemons = [start('slurmctld', '-i'), start('slurmd', '-N', 'n1'), start('slurmd', '-N', 'n2')];
    const cluster = new SlurmCluster(folder, environment, daemons);
    for (let tries = 0; (await cluster.#idle()) < 2; tries++) {
      if (tries > 100) {
        const logs = await cluster.#logs();
        await cluster.stop();
        throw new Error(`The nodes of Slurm did not come up.\n${logs}`);
      }
      await sleep(100);
    }
    return cluster;
  }

  async #logs(): Promise<string> {
    const files = ['controller', 'n1', 'n2'].map((name) => path.join(this.#folder, `${name}.log`));
    return (await Promise.all(files.map((file) => readFile(file, 'utf8').catch(String)))).join('\n');
  }

  async #idle(): Promise<number> {
    const { stdout } = await this.run('sinfo', ['-h', '-N', '-o', '%T']).catch(() => ({ stdout: '' }));
    return stdout.split('\n').filter((state) => state === 'idle').length;
  }

  /** Runs a program of Slurm. */
  run(program: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
    const env = { ...options.env, ...this.environment, ...(options.env && { PATH: options.env['PATH'] }) };
    return execute(program, args, { ...options, env });
  }

  /**
   * Submits a script in its folder, and waits for the array to end. What is put back does not wait its two minutes, but two
   * seconds: a task that begins again in the second in which it ended is refused by its node.
   */
  async submit(script: string, env: NodeJS.ProcessEnv): Promise<void> {
    const cwd = path.dirname(script);
    await this.run('sbatch', ['--cpus-per-task=1', path.basename(script)], { cwd, env });
    const hastened = new Set<string>();
    for (const end = Date.now() + MOST_SECONDS * 1000; ; ) {
      const { stdout } = await this.run('squeue', ['-h', '-r', '-O', 'JobID,RestartCnt,Reason']);
      const tasks = stdout.split('\n').filter(Boolean);
      if (tasks.length === 0) return;
      if (Date.now() > end) throw new Error(`The array does not end.\n${stdout}\n${await this.#logs()}`);
      for (const task of tasks) {
        const [id, restarts, reason] = task.split(/\s+/);
        if (reason !== 'BeginTime' || hastened.has(`${id} ${restarts}`)) continue;
        hastened.add(`${id} ${restarts}`);
        await this.run('scontrol', ['update', `JobId=${id}`, 'StartTime=now+2']);
      }
      await sleep(200);
    }
  }

  /** Ends what a failed test left: a node that is ended leaves it running, and that waits for the controller. */
  async #cancelAll(): Promise<void> {
    const left = () =>
      this.run('squeue', ['-h']).then(
        ({ stdout }) => stdout !== '',
        () => false,
      );
    if (!(await left())) return;
    await this.run('scancel', ['--partition=all']).catch(() => {});
    for (let tries = 0; tries < 50 && (await left()); tries++) await sleep(100);
  }

  async stop(): Promise<void> {
    await this.#cancelAll();
    // The nodes first: they tell the controller.
    for (const daemon of this.#daemons.toReversed()) await daemon.stop(3000);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function configuration(folder: string, [controller, ...nodes]: readonly number[]): string {
  const host = os.hostname().split('.')[0];
  const user = os.userInfo().username;
  return `ClusterName=semap
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/none
CredType=cred/none
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool.%n
SlurmctldPidFile=${folder}/controller.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/controller.log
SlurmdLogFile=${folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_min_interval=10000,batch_sched_delay=1,sched_interval=1
ReturnToService=2
KillWait=2
NodeName=n[1-2] NodeHostname=${host} NodeAddr=127.0.0.1 Port=[${Math.min(...nodes)}-${Math.max(...nodes)}] CPUs=1 State=UNKNOWN
PartitionName=all Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
`;
}

/** So many ports after one another that nobody listens at. */
async function freePorts(count: number): Promise<number[]> {
  for (let tries = 0; ; tries++) {
    const first = await listenAt(0);
    const ports = Array.from({ length: count }, (_, i) => first + i);
    const rest = await Promise.all(ports.slice(1).map((port) => listenAt(port).catch(() => undefined)));
    if (!rest.includes(undefined)) return ports;
    if (tries > 20) throw new Error('No free ports were found.');
  }
}

function listenAt(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: found } = server.address() as net.AddressInfo;
      server.close(() => resolve(found));
    });
  });
}
