import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Daemon } from '../daemon.ts';

/** Starts a Redis that keeps nothing, at a socket of its own. @returns where it is, as `REDIS_URL` */
export async function startRedis(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'semap-redis-'));
  const socket = path.join(folder, 'socket');
  const options = ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder];
  const server = new Daemon('redis-server', options);
  context.after(async () => {
    await server.stop(1000);
    await rm(folder, { recursive: true, force: true });
  });
  for (let tries = 0; !existsSync(socket); tries++) {
    if (tries > 200) throw new Error('redis-server did not start.');
    await sleep(25);
  }
  return socket;
}

/** Lets a script in a folder import BullMQ, as if it were installed there. */
export async function withBullmq(folder: string): Promise<void> {
  const modules = fileURLToPath(import.meta.resolve('bullmq')).split(`${path.sep}bullmq${path.sep}`)[0];
  await symlink(modules, path.join(folder, 'node_modules'));
}

/** Why BullMQ cannot be tested here, or false: its client of Redis is a package of its own. */
export function lackingBullmq(): string | false {
  try {
    import.meta.resolve('bullmq');
    import.meta.resolve('ioredis');
    return false;
  } catch (error) {
    return String(error);
  }
}
