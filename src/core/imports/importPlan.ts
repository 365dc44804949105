import { type Given, isSameGiven } from '../truths/truth.ts';

/** What an import does to the labels of a folder. */
export interface ImportPlan {
  /** Images that have no label yet and get one, and those that get another one. */
  readonly added: number;
  readonly changed: number;
  /** Images that have that label already. */
  readonly same: number;
  /** Images that keep the label that a person gave them here, though the file has another one. */
  readonly kept: number;
  /** The first of those that are changed or kept. */
  readonly conflicts: readonly Conflict[];
  /** What is written: names of images, with what is said of them. */
  readonly changes: ReadonlyMap<string, Given>;
}

/** Undefined: none of the labels. */
export interface Conflict {
  readonly name: string;
  readonly here: string | undefined;
  readonly imported: string | undefined;
}

const MOST_SHOWN = 100;

/**
 * Compares what a file says of the images of a folder with what is known of them.
 * @param rows names of images with what the file says of them
 * @param current what a person said of an image here
 * @param replace the file counts where both differ; otherwise what was said here
 */
export function importPlan(
  rows: Iterable<readonly [name: string, given: Given]>,
  current: (name: string) => Given | undefined,
  replace: boolean,
): ImportPlan {
  const changes = new Map<string, Given>();
  const conflicts: Conflict[] = [];
  let [added, changed, same, kept] = [0, 0, 0, 0];
  for (const [name, given] of rows) {
    const here = current(name);
    // A person's word counts more than an agent's, in either direction.
    const [isOfAgent, wasOfAgent] = [given.givenBy === 'agent', here?.givenBy === 'agent'];
    if (here === undefined || (wasOfAgent && !isOfAgent)) {
      added++;
      changes.set(name, given);
    } else if (isSameGiven({ ...here, how: given.how, asked: given.asked, givenBy: given.givenBy }, given))
      same++;
    else {
      if (conflicts.length < MOST_SHOWN) conflicts.push({ name, here: here.label, imported: given.label });
      if (replace && (wasOfAgent || !isOfAgent)) {
        changed++;
        // Why it was asked about stays known.
        changes.set(name, { ...given, asked: given.asked ?? here.asked });
      } else kept++;
    }
  }
  return { added, changed, same, kept, conflicts, changes };
}
