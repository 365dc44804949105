import { lstatSync } from 'node:fs';
import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import { LABEL_FILE_LIMIT } from '../core/labels/labelBytes.ts';
import { readLabelFile } from '../core/labels/labelFile.ts';
import { parseLabelList, targetNames } from '../core/labels/targetLabels.ts';
import { phrase } from '../core/text/text.ts';
import { readRegularFile } from '../files/regularFile.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { stateOf } from './folderArguments.ts';

/**
 * The names behind `--labels`: those in a file, on standard input (`-`), or the parts of a comma-separated list. Blanks
 * are kept here, so that they can be told.
 *
 * @throws {SemapError} `not-found` when it looks like a file and there is none, `invalid-labels` for what holds none
 */
export async function namesOf(args: Arguments): Promise<readonly string[] | undefined> {
  const text = args.text('labels');
  const column = args.text('labels-column');
  if (text === undefined) {
    if (column !== undefined) throw new UsageError('--labels-column goes with --labels FILE.');
    return undefined;
  }
  const file = (bytes: Uint8Array, name: string) =>
    targetNames(readLabelFile(bytes, { name, column }), name, CHOOSE_COLUMN);
  if (text.includes(NO_LETTER))
    throw new UsageError('The value of --labels is not valid UTF-8.', 'Write the labels into a file.');
  if (text === '-') return file(await standardInput(), 'Standard input');
  const state = stateOf(text);
  if (state?.isDirectory()) {
    throw new SemapError('invalid-labels', phrase('--labels names {0}, which is a folder.', text), {
      hint: phrase(
        'Give a file with the labels, or the folder without --labels if its subfolders are the labels.',
      ),
    });
  }
  if (state && !state.isFile()) {
    throw new SemapError('invalid-labels', phrase('--labels names {0}, which is a device or a pipe.', text), {
      hint: phrase('Pipe the labels into: semap align --labels -'),
    });
  }
  if (state) return file(await readRegularFile(text, { limit: LABEL_FILE_LIMIT }), path.basename(text));
  if (looksLikeFile(text) || isLink(text)) {
    throw new SemapError('not-found', phrase('There is no labels file {0}.', text), {
      hint: phrase('Check the path, or give a list such as cat,dog,bird.'),
    });
  }
  if (column !== undefined) throw new UsageError('--labels-column goes with --labels FILE.');
  return parseLabelList(text);
}

const CHOOSE_COLUMN = phrase('Say which: --labels-column NAME.');
const LIST_FILE =
  /\.(?:txt|csv|tsv|json|jsonl|ndjson|ya?ml|names|pbtxt|lst|list|data|xlsx?|ods|pdf|html?|xml)$/i;

/** Whether a text that names no file was meant to: by its ending, or since it leads into a folder that is there. */
function looksLikeFile(text: string): boolean {
  if (/[\n[]/.test(text) || text.length > LONGEST_PATH) return false;
  if (/^(?:\.{0,2}|~|[a-z]:)[/\\]/i.test(text)) return true;
  if (text.includes(',')) return false;
  return LIST_FILE.test(text) || (/[/\\]/.test(text) && stateOf(path.dirname(text))?.isDirectory() === true);
}

const LONGEST_PATH = 4096;
/** What stands in an argument for bytes that are not UTF-8. */
const NO_LETTER = '\ufffd';

/** Whether there is a link of this name: where nothing can be seen of it, it leads nowhere. */
function isLink(text: string): boolean {
  try {
    return lstatSync(text).isSymbolicLink();
  } catch {
    return false;
  }
}

/** @throws {UsageError} where a person would have to type it */
async function standardInput(): Promise<Uint8Array> {
  if (process.stdin.isTTY) {
    throw new UsageError(
      '--labels - reads the labels from standard input.',
      'For example: cat labels.txt | semap align --labels -',
    );
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin) {
    parts.push(part);
    bytes += part.length;
    // What is too much is told by whoever reads the labels.
    if (bytes > LABEL_FILE_LIMIT) break;
  }
  return Buffer.concat(parts);
}
