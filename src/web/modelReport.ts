import * as vscode from 'vscode';
import { fileProblems, outlineOf, shownOutline } from '../core/backbones/modelOutline.ts';
import { problemOf, SemapError } from '../core/errors.ts';
import { readSkeleton } from '../core/onnx/modelSkeleton.ts';
import { phrase, shorten } from '../core/text/text.ts';
import type { ModelFileOutline, ModelReport } from '../protocol/backbones.ts';
import { readFile, sizeOf, uriOf } from './workspaceFiles.ts';

/** Bytes: a file is brought whole over the network, whatever of it is read. */
const LARGEST_MODEL = 512 << 20;
/** Files of weights that are looked for, and characters of the name of one. */
const MOST_FILES = 100;
const LONGEST_NAME = 200;

/**
 * What a model file says of itself. What it would take an engine for is told as what is wrong with it.
 * @throws {SemapError} `not-found`, `unreadable-file`, `not-onnx`, `unsupported-model`
 */
export async function reportModel(
  file: string,
  tell: (outline: ModelFileOutline) => void,
): Promise<ModelReport> {
  const bytes = await readFile(uriOf(file), LARGEST_MODEL);
  const skeleton = await readSkeleton({
    size: bytes.length,
    read: async (at, length) => bytes.subarray(at, at + length),
  });
  const outline = outlineOf(skeleton);
  const folder = vscode.Uri.joinPath(uriOf(file), '..');
  const weightFiles = await Promise.all(
    outline.external.slice(0, MOST_FILES).map(async (name) => ({
      name: shorten(name, LONGEST_NAME),
      bytes: (await sizeOf(vscode.Uri.joinPath(folder, name))) ?? null,
    })),
  );
  const problems = fileProblems(bytes.length, weightFiles);
  const told = { ...shownOutline(outline), bytes: bytes.length, weightFiles, problems };
  tell(told);
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  const sha256 = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const unknown = new SemapError(
    'no-engine',
    phrase('What it classifies, and its labels, are not looked for in the browser.'),
    { hint: phrase('Open this folder in VS Code on a computer to run backbones.') },
  );
  return { outline: told, sha256, problem: problemOf(unknown), origins: [] };
}
