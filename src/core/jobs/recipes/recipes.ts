import { SemapError } from '../../errors.ts';
import { escapeHidden } from '../../text/plainText.ts';
import { phrase } from '../../text/text.ts';
import { bullmqRecipe } from './bullmqRecipe.ts';
import { awsBatchRecipe, kubernetesRecipe } from './cloudRecipes.ts';
import { daskRecipe, rayRecipe } from './pythonRecipes.ts';
import type { Recipe, RecipeJob } from './recipe.ts';
import { parallelRecipe, slurmRecipe, snakemakeRecipe } from './shellRecipes.ts';

/** Engines that run the shards of a job, and what makes the files that they run it with. */
const RECIPES = {
  slurm: slurmRecipe,
  kubernetes: kubernetesRecipe,
  parallel: parallelRecipe,
  snakemake: snakemakeRecipe,
  ray: rayRecipe,
  dask: daskRecipe,
  bullmq: bullmqRecipe,
  'aws-batch': awsBatchRecipe,
} satisfies Record<string, (job: RecipeJob) => Recipe>;

export type JobEngine = keyof typeof RECIPES;

export const jobEngines = Object.keys(RECIPES) as readonly JobEngine[];

/**
 * The files that an engine runs a job with.
 * @throws {SemapError} `invalid-argument` where a path has characters that nobody sees in a script
 */
export function recipeFor(engine: JobEngine, job: RecipeJob): Recipe {
  for (const text of [job.folder, ...job.folders]) {
    if (escapeHidden(text) === text) continue;
    throw new SemapError(
      'invalid-argument',
      phrase('Scripts for engines need names without hidden characters, unlike {0}.', escapeHidden(text)),
      { hint: phrase('Rename the folder, then plan the job again.') },
    );
  }
  return RECIPES[engine](job);
}
