import { shellLine } from '../../text/shellWords.ts';
import {
  CORES,
  jobName,
  literal,
  MEMORY,
  RETRIES,
  type Recipe,
  type RecipeJob,
  runShardBeside,
  SHARD_EXIT,
  taskOptions,
} from './recipe.ts';

/** Indexes of a Job with a limit of failures for each. */
const KUBERNETES_TASKS = 100_000;
/** Pods at a time, where nobody changes it. */
const PODS = 10;

/** An Indexed Job of Kubernetes. Each folder is a volume that the person names. */
export function kubernetesRecipe(job: RecipeJob): Recipe {
  const tasks = Math.min(job.shards, KUBERNETES_TASKS);
  const folders = volumesOf(job);
  const text = `# ${job.shards} shards of a job of SeMap, by Kubernetes 1.29 or later. Say which image has semap in it, and in which
# claims the folders are.
apiVersion: batch/v1
kind: Job
metadata:
  name: ${jobName(job)}
spec:
  completionMode: Indexed
  completions: ${tasks}
  parallelism: ${Math.min(tasks, PODS)}
  backoffLimitPerIndex: ${RETRIES}
  podFailurePolicy:
    rules:
      # ${SHARD_EXIT.never}: what is wrong with this shard is wrong with all.
      - action: FailJob
        onExitCodes:
          containerName: semap
          operator: In
          values: [${SHARD_EXIT.never}]
      # A node that went away is no fault of the shard.
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
            status: "True"
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: semap
          image: semap
          command: ${literal([...runShardBeside(job), ...taskOptions(job, tasks)])}
          resources:
            requests:
              cpu: "${CORES}"
              memory: ${MEMORY}Gi
            limits:
              memory: ${MEMORY}Gi
          volumeMounts:
${folders.map(({ folder, name }) => `            - name: ${name}\n              mountPath: ${literal(folder)}\n`).join('')}      volumes:
${folders.map(({ name }) => `        - name: ${name}\n          persistentVolumeClaim:\n            claimName: semap-${name}\n`).join('')}`;
  return {
    files: [{ name: 'kubernetes.yaml', text }],
    start: ['kubectl apply -f kubernetes.yaml'],
  };
}

/** Elements of an array job of AWS Batch. */
const BATCH_TASKS = 10_000;

/** An array job of AWS Batch. Each folder is a file system that the person names. */
export function awsBatchRecipe(job: RecipeJob): Recipe {
  const tasks = Math.min(job.shards, BATCH_TASKS);
  const name = jobName(job);
  const folders = volumesOf(job);
  // An array has two elements at least: one shard is a job without an index.
  const which = tasks === 1 ? ['0'] : taskOptions(job, tasks);
  const definition = {
    jobDefinitionName: name,
    type: 'container',
    containerProperties: {
      image: 'semap',
      command: [...runShardBeside(job), ...which],
      resourceRequirements: [
        { type: 'VCPU', value: String(CORES) },
        { type: 'MEMORY', value: String(MEMORY * 1024) },
      ],
      volumes: folders.map((one) => ({
        name: one.name,
        efsVolumeConfiguration: { fileSystemId: 'fs-00000000', rootDirectory: '/' },
      })),
      mountPoints: folders.map((one) => ({ sourceVolume: one.name, containerPath: one.folder })),
    },
    retryStrategy: {
      attempts: RETRIES + 1,
      // What no rule is about is tried again.
      evaluateOnExit: [{ onExitCode: String(SHARD_EXIT.never), action: 'EXIT' }],
    },
  };
  const array = tasks === 1 ? [] : ['--array-properties', `size=${tasks}`];
  return {
    files: [{ name: 'aws-batch.json', text: `${JSON.stringify(definition, undefined, 2)}\n` }],
    start: [
      'aws batch register-job-definition --cli-input-json file://aws-batch.json',
      shellLine([
        ...['aws', 'batch', 'submit-job', '--job-name', name, '--job-definition', name],
        ...['--job-queue', 'QUEUE', ...array],
      ]),
    ],
  };
}

/** The folders that a container needs, each once. */
function volumesOf({
  folder,
  folders,
}: RecipeJob): readonly { readonly name: string; readonly folder: string }[] {
  return [...new Set([folder, ...folders])].map((one, i) => ({
    name: i === 0 ? 'job' : `folder-${i}`,
    folder: one,
  }));
}
