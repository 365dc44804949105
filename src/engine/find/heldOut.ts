import path from 'node:path';
import type { Candidate, Tried } from '../../core/find/candidate.ts';
import type { Outcomes } from '../../core/find/outcomes.ts';
import { drawnOf, streamOf } from '../../core/find/parts.ts';
import { packAnswers, type SearchEnd } from '../../core/find/searchLines.ts';
import { answersOf } from './findFiles.ts';
import type { Search } from './search.ts';
import { askedRows } from './searchOutputs.ts';
import { promptAnswers } from './searchPrompts.ts';

/** Draws of few labels that are averaged: which ones they are decides much. */
const DRAWS = 3;

/**
 * Asks the images that were held out, once, at the end: what was on a frontier by then answers them after learning from all
 * that chose. Which these are, and why nothing more is tried, is written first, so that a search that is resumed does not
 * choose again.
 */
export async function touchHeldOut(
  search: Search,
  reporting: readonly Candidate[],
  after: SearchEnd,
): Promise<void> {
  const { parts, found, tools } = search;
  if (parts.heldOut.length === 0) return;
  const before = tools.lines.find<'reports'>({ kind: 'reports' });
  const ids = before?.ids ?? reporting.map(({ id }) => id);
  if (!before) await tools.lines.add({ kind: 'reports', ids, after });
  const right = (answers: Int32Array): Outcomes =>
    Float64Array.from(parts.heldOut, (at, i) => Number(answers[i] === found.images[at].truth));
  for (const id of ids) {
    const { budget, training } = search.candidates.get(id) ?? {};
    if (budget === undefined) continue;
    const draws = budget === 0 || budget === 'all' ? 1 : DRAWS;
    let tried: Tried | undefined;
    for (let draw = 0; draw < draws; draw++) {
      const answers = training === undefined ? ofWay(search, id, draw) : ofPrompt(search, id, training);
      const outcomes = right(await answers);
      tried = tried
        ? { once: tried.once, mean: tried.mean.map((mean, i) => mean + (outcomes[i] - mean) / (draw + 1)) }
        : { once: outcomes, mean: outcomes };
    }
    search.set({ ...search.candidates.get(id)!, heldOut: tried });
    tools.onChange();
  }
}

/** Answers of a way that learned from the search part. */
async function ofWay({ tools, candidates, parts, found, outputs, seed }: Search, id: string, draw: number) {
  const { lines, thread, signal } = tools;
  const { find, key, budget } = candidates.get(id)!;
  const { heldOut, search } = parts;
  const known = answersOf(lines.find<'held-out'>({ kind: 'held-out', id, draw }), heldOut.length);
  if (known) return known;
  const { rowOf } = await outputs.load(key, 'all');
  const learnable = search.filter((at) => rowOf.has(at));
  const learn = find!.least === 0 ? [] : drawnOf(found.images, learnable, budget, streamOf(seed, draw));
  const ask = heldOut.filter((at) => rowOf.has(at));
  const rows = askedRows(found.images, learn, ask, rowOf);
  const told = await thread.call('answers', { key, find: find!, parts: [rows] }, { signal });
  const byPlace = new Map(ask.map((place, i) => [place, told.answers[0][i]]));
  const answers = Int32Array.from(heldOut, (place) => byPlace.get(place) ?? -1);
  await lines.add({ kind: 'held-out', id, draw, answers: packAnswers(answers), seconds: told.seconds });
  return answers;
}

/** A prompt answers as it was trained: it is that very one that can be kept. */
async function ofPrompt(search: Search, id: string, training: string): Promise<Int32Array> {
  const { lines, runFolder } = search.tools;
  const { heldOut } = search.parts;
  const known = answersOf(lines.find<'held-out'>({ kind: 'held-out', id, draw: 0 }), heldOut.length);
  if (known) return known;
  const [{ path: backbone }] = search.candidates.get(id)!.backbones;
  const asked = { runFolder: path.join(runFolder, training), backbone };
  const answers = await promptAnswers(search, asked, heldOut);
  await lines.add({ kind: 'held-out', id, draw: 0, answers: packAnswers(answers), seconds: 0 });
  return answers;
}
