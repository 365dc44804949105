import {
  CORES,
  literal,
  RETRIES,
  type Recipe,
  type RecipeJob,
  runShardBeside,
  SHARD_EXIT,
} from './recipe.ts';

/** What the scripts have in common: a shard as a function that raises where trying again may help. */
function shardFunction(job: RecipeJob): string {
  return `COMMAND = ${literal(runShardBeside(job))}
SHARDS = ${job.shards}
TRY_AGAIN, NEVER = ${SHARD_EXIT.tryAgain}, ${SHARD_EXIT.never}


def run_shard(index):
    code = subprocess.run([*COMMAND, str(index)]).returncode
    if code == TRY_AGAIN:
        time.sleep(5)
    if code not in (0, NEVER):
        raise RuntimeError(f"Shard {index} failed with exit code {code}.")
    return code
`;
}

export function rayRecipe(job: RecipeJob): Recipe {
  const text = `# ${job.shards} shards of a job of SeMap, by Ray. RAY_ADDRESS says which cluster; without it, this machine.
import subprocess
import sys
import time

import ray

${shardFunction(job)}

ray.init()
shard = ray.remote(num_cpus=${CORES}, max_retries=${RETRIES}, retry_exceptions=True)(run_shard)
waiting = [shard.remote(index) for index in range(SHARDS)]
failed = 0
while waiting:
    (done,), waiting = ray.wait(waiting)
    try:
        code = ray.get(done)
    except Exception as error:
        print(error, file=sys.stderr)
        failed += 1
        continue
    if code == NEVER:
        for task in waiting:
            ray.cancel(task)
        sys.exit(NEVER)
sys.exit(1 if failed else 0)
`;
  return { files: [{ name: 'ray_shards.py', text }], start: ['python3 ray_shards.py'] };
}

export function daskRecipe(job: RecipeJob): Recipe {
  const text = `# ${job.shards} shards of a job of SeMap, by Dask. The first argument is a scheduler's address; without it, this machine.
import os
import subprocess
import sys
import time

from dask.distributed import Client, as_completed

${shardFunction(job)}

if __name__ == "__main__":
    workers = max(1, os.cpu_count() // ${CORES})
    client = Client(sys.argv[1]) if len(sys.argv) > 1 else Client(n_workers=workers, threads_per_worker=1)
    tasks = client.map(run_shard, range(SHARDS), retries=${RETRIES}, pure=False)
    failed = 0
    for task in as_completed(tasks):
        if task.status != "finished":
            print(task.exception(), file=sys.stderr)
            failed += 1
        elif task.result() == NEVER:
            client.cancel(tasks)
            sys.exit(NEVER)
    sys.exit(1 if failed else 0)
`;
  return { files: [{ name: 'dask_shards.py', text }], start: ['python3 dask_shards.py'] };
}
