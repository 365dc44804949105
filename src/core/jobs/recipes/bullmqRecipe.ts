import { jobName, literal, RETRIES, type Recipe, type RecipeJob, runShard, SHARD_EXIT } from './recipe.ts';

/** A queue of BullMQ: one process adds the shards, as many as there are machines work on them. */
export function bullmqRecipe(job: RecipeJob): Recipe {
  const text = `// ${job.shards} shards of a job of SeMap, by BullMQ. Where it runs: npm install bullmq ioredis
//   node bullmq.mjs add     puts the shards into the queue, once
//   node bullmq.mjs work    works on them, on each machine; ends when the queue is empty
// REDIS_URL says where Redis is.
import { spawn } from 'node:child_process';
import { Queue, UnrecoverableError, Worker } from 'bullmq';

const [program, ...args] = ${literal(runShard(job))};
const shards = ${job.shards};
const name = ${literal(jobName(job))};
const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', maxRetriesPerRequest: null };
const queue = new Queue(name, { connection });

async function add() {
  const opts = { attempts: ${RETRIES + 1}, backoff: { type: 'exponential', delay: 2000 } };
  await queue.clean(0, 0, 'failed');
  // A shard that is there already is not added twice.
  for (let from = 0; from < shards; from += 1000) {
    const some = Array.from({ length: Math.min(1000, shards - from) }, (_, i) => from + i);
    await queue.addBulk(some.map((shard) => ({ name, data: shard, opts: { ...opts, jobId: \`shard-\${shard}\` } })));
  }
}

async function work() {
  const worker = new Worker(name, async ({ data }) => runShard(data), {
    connection,
    // A worker that was killed loses its shard to another one so many milliseconds later.
    lockDuration: 10_000,
    stalledInterval: 5000,
    maxStalledCount: ${RETRIES},
  });
  worker.on('failed', (job, error) => {
    console.error(\`Shard \${job?.data}: \${error.message}\`);
    // What is wrong with this shard is wrong with all.
    if (error instanceof UnrecoverableError) queue.drain(true).catch(console.error);
  });
  worker.on('error', (error) => console.error(error.message));
  const open = ['active', 'waiting', 'prioritized', 'delayed'];
  const counted = async () => (await queue.getJobCountByTypes(...open)) > 0;
  while (await counted()) await new Promise((next) => setTimeout(next, 1000));
  await worker.close();
  const failed = await queue.getFailedCount();
  if (failed > 0) {
    console.error(\`\${failed} shards failed.\`);
    process.exitCode = 1;
  }
}

function runShard(shard) {
  return new Promise((done, fail) => {
    const child = spawn(program, [...args, String(shard)], { stdio: 'inherit' });
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (code === 0) done();
      else if (code === ${SHARD_EXIT.never}) fail(new UnrecoverableError('This job can never be done.'));
      else fail(new Error(\`semap ended with \${signal ?? code}.\`));
    });
  });
}

await { add, work }[process.argv[2] ?? 'work']();
await queue.close();
`;
  return { files: [{ name: 'bullmq.mjs', text }], start: ['node bullmq.mjs add', 'node bullmq.mjs work'] };
}
