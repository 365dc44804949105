import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import type { RecipeJob } from '../../../../src/core/jobs/recipes/recipe.ts';
import { type JobEngine, jobEngines, recipeFor } from '../../../../src/core/jobs/recipes/recipes.ts';

const job: RecipeJob = {
  folder: "/data/o'brien's job",
  id: '0123456789abcdef0123456789abcdef',
  shards: 12,
  folders: ['/data/photos: "2026"', '/data/{more}', '/data/{more}'],
};
const many = { ...job, shards: 250_000 };

function textOf(engine: JobEngine, of: RecipeJob = job): string {
  return recipeFor(engine, of).files[0].text;
}

test('every engine gets the job and how many shards there are', () => {
  for (const engine of jobEngines) {
    const { files, start } = recipeFor(engine, job);
    const all = [...files.map(({ text }) => text), ...start].join('\n');
    assert.match(all, /o'(?:\\'')?brien/, engine);
    assert.match(all, /\b1[12]\b/, engine);
    assert.ok(start.length > 0);
    // Names lie in the job's folder, and start needs no quotes.
    for (const { name } of files) assert.match(name, /^[\w.-]+$/);
  }
});

test('every engine knows when never to try again', () => {
  for (const engine of jobEngines) {
    const { files } = recipeFor(engine, job);
    assert.ok(
      files.some(({ text }) => /\b42\b/.test(text)),
      engine,
    );
  }
});

test('an engine with room for fewer tasks than there are shards gives several to each', () => {
  assert.match(textOf('slurm', many), /--array=0-999\n/);
  assert.match(textOf('slurm', many), / --tasks 1000 /);
  assert.deepEqual(parse(textOf('kubernetes', many)).spec.completions, 100_000);
  assert.match(textOf('kubernetes', many), /"--tasks", "100000"/);
  assert.deepEqual(JSON.parse(textOf('aws-batch', many)).containerProperties.command.slice(-2), [
    '--tasks',
    '10000',
  ]);
  for (const engine of jobEngines) assert.doesNotMatch(textOf(engine), /--tasks/, engine);
});

/** What of batch/v1 Job is used here, as its reference describes it; other fields are mistakes. */
const KUBERNETES_JOB = (() => {
  const object = (properties: object, required: readonly string[] = Object.keys(properties)) => ({
    type: 'object',
    additionalProperties: false,
    properties,
    required,
  });
  const list = (items: object) => ({ type: 'array', minItems: 1, items });
  const text = { type: 'string', minLength: 1 };
  const name = { type: 'string', pattern: '^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$' };
  const whole = (maximum: number) => ({ type: 'integer', minimum: 1, maximum });
  const codes = object({
    containerName: { const: 'semap' },
    operator: { enum: ['In', 'NotIn'] },
    values: list({ type: 'integer', minimum: 1, maximum: 255 }),
  });
  const rule = object(
    {
      action: { enum: ['FailJob', 'FailIndex', 'Ignore', 'Count'] },
      onExitCodes: codes,
      onPodConditions: list(object({ type: text, status: { const: 'True' } })),
    },
    ['action'],
  );
  const quantity = { type: 'string', pattern: '^\\d+(?:Gi)?$' };
  const container = object({
    name: { const: 'semap' },
    image: text,
    command: list(text),
    resources: object({
      requests: object({ cpu: quantity, memory: quantity }),
      limits: object({ memory: quantity }),
    }),
    volumeMounts: list(object({ name, mountPath: { type: 'string', pattern: '^/[^:]*' } })),
  });
  return object({
    apiVersion: { const: 'batch/v1' },
    kind: { const: 'Job' },
    metadata: object({ name }),
    spec: object({
      completionMode: { enum: ['Indexed', 'NonIndexed'] },
      completions: whole(100_000),
      parallelism: whole(100_000),
      backoffLimitPerIndex: whole(100),
      podFailurePolicy: object({ rules: list(rule) }),
      template: object({
        spec: object({
          restartPolicy: { const: 'Never' },
          containers: list(container),
          volumes: list(object({ name, persistentVolumeClaim: object({ claimName: name }) })),
        }),
      }),
    }),
  });
})();

test('the Job of Kubernetes has only what a Job has, and each folder where the job says', () => {
  const isJob = new Ajv({ strict: false }).compile<unknown>(KUBERNETES_JOB);
  for (const of of [job, many]) {
    const manifest = parse(textOf('kubernetes', of));
    assert.ok((isJob as (data: unknown) => boolean)(manifest), JSON.stringify(isJob.errors));
    const { containers, volumes } = manifest.spec.template.spec;
    assert.deepEqual(
      containers[0].volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath),
      [job.folder, ...new Set(job.folders)],
    );
    assert.equal(volumes.length, 3);
    assert.deepEqual(containers[0].command.slice(0, 5), ['semap', 'run-shard', job.folder, '--threads', '4']);
  }
});

test('one shard is no array on AWS Batch, which has none of one element', () => {
  const { files, start } = recipeFor('aws-batch', { ...job, shards: 1 });
  assert.equal(JSON.parse(files[0].text).containerProperties.command.at(-1), '0');
  assert.doesNotMatch(start.join('\n'), /array/);
  assert.match(recipeFor('aws-batch', job).start[1], /--array-properties size=12$/);
});

test('a folder whose name has hidden characters is refused: a script would not show what it does', () => {
  for (const folder of ['/data/a\u202eb', '/data/a\nb', '/data/a\u0000b']) {
    for (const engine of jobEngines) {
      assert.throws(() => recipeFor(engine, { ...job, folder }), { reason: 'invalid-argument' });
      assert.throws(() => recipeFor(engine, { ...job, folders: [folder] }), { reason: 'invalid-argument' });
    }
  }
});
