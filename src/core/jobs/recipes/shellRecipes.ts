import { shellLine, shellWord } from '../../text/shellWords.ts';
import {
  CORES,
  jobName,
  literal,
  RETRIES,
  type Recipe,
  type RecipeFile,
  type RecipeJob,
  runShard,
  SHARD_EXIT,
  taskOptions,
} from './recipe.ts';

/** Elements of an array that Slurm allows where nobody changed `MaxArraySize`. */
const SLURM_TASKS = 1000;

/** A job array of Slurm: a task that fails is put back, and one that says never takes all that wait with it. */
export function slurmRecipe(job: RecipeJob): Recipe {
  const tasks = Math.min(job.shards, SLURM_TASKS);
  const text = `#!/bin/bash
# ${job.shards} shards of a job of SeMap. The job, the images and semap are the same on every node.
#SBATCH --job-name=${jobName(job)}
#SBATCH --array=0-${tasks - 1}
#SBATCH --cpus-per-task=${CORES}
#SBATCH --requeue
#SBATCH --open-mode=append

${shellLine([...runShard(job), ...taskOptions(job, tasks)])} --threads "$SLURM_CPUS_PER_TASK"
code=$?
if [ "$code" = ${SHARD_EXIT.never} ]; then
  # What is wrong with this shard is wrong with all.
  scancel --state=PENDING "$SLURM_ARRAY_JOB_ID"
elif [ "$code" != 0 ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${RETRIES} ]; then
  # ${SHARD_EXIT.tryAgain} (try again), out of memory, or killed. Shards that are done are not done again.
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
`;
  return { files: [{ name: 'slurm.sh', text }], start: ['sbatch slurm.sh'] };
}

/** A shard for engines that know only success and failure: once one said never, the others do not begin. */
function shardScript(job: RecipeJob): RecipeFile {
  const text = `#!/bin/bash
# Runs a shard of a job of SeMap: options of semap run-shard, then the shard's number.
stopped=${shellWord(`${job.folder}/stopped`)}
[ -e "$stopped" ] && exit ${SHARD_EXIT.never}
${shellLine(runShard(job))} "$@"
code=$?
[ "$code" = ${SHARD_EXIT.never} ] && touch "$stopped"
[ "$code" = ${SHARD_EXIT.tryAgain} ] && sleep 5
exit "$code"
`;
  return { name: 'shard.sh', text };
}

/** GNU parallel, on this machine or by ssh on several that see the same folders. */
export function parallelRecipe(job: RecipeJob): Recipe {
  const text = `#!/bin/bash
# ${job.shards} shards of a job of SeMap by GNU parallel. What you add are its options: --sshlogin node1,node2
rm -f ${shellWord(`${job.folder}/stopped`)}
seq 0 ${job.shards - 1} | parallel --quote --jobs 1 --retries ${RETRIES + 1} "$@" \\
  bash ${shellWord(`${job.folder}/shard.sh`)} {}
`;
  return {
    files: [{ name: 'parallel.sh', text }, shardScript(job)],
    start: ['bash parallel.sh'],
  };
}

/** A rule of Snakemake, on this machine or, with a profile, on a cluster. */
export function snakemakeRecipe(job: RecipeJob): Recipe {
  const text = `# ${job.shards} shards of a job of SeMap, by Snakemake 7.7 or later.
workdir: ${literal(job.folder)}

onstart:
    shell("rm -f stopped")

rule all:
    input: expand("done/{shard}", shard=range(${job.shards}))

rule shard:
    output: touch("done/{shard}")
    retries: ${RETRIES}
    threads: ${CORES}
    shell: "bash shard.sh --threads {threads} {wildcards.shard}"
`;
  return {
    files: [{ name: 'Snakefile', text }, shardScript(job)],
    start: [`snakemake --cores ${CORES} --keep-going`],
  };
}
