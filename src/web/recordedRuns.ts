import * as vscode from 'vscode';
import { parseAlignment } from '../core/alignments/alignmentText.ts';
import { invalidDocument, SemapError } from '../core/errors.ts';
import { imageFolders } from '../core/folders/layout.ts';
import { type ClassificationRecord, readClassification } from '../core/runs/classificationRecord.ts';
import { MovedPaths } from '../core/runs/movedPaths.ts';
import { LARGEST_RECORD, RUN_FILES } from '../core/runs/run.ts';
import { LARGEST_PREDICTIONS, storedPredictions } from '../core/runs/storedPredictions.ts';
import { phrase } from '../core/text/text.ts';
import type { ClassifyRun } from '../host/results/classifyRun.ts';
import { runOfRecord } from '../host/results/recordedRun.ts';
import type { Settlings } from '../host/results/settlings.ts';

/** A classification that is kept in the workspace. */
export interface KeptRun {
  readonly folder: vscode.Uri;
  readonly record: ClassificationRecord;
}

const LARGEST_ALIGNMENT = 256 << 20;

/** The classifications of all folders that are open, the latest first. What cannot be read is left out. */
export async function keptRuns(): Promise<readonly KeptRun[]> {
  const found: KeptRun[] = [];
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    const runs = vscode.Uri.joinPath(uri, '.semap', 'runs');
    const entries = await Promise.resolve(vscode.workspace.fs.readDirectory(runs)).catch(() => []);
    for (const [name] of entries) {
      const folder = vscode.Uri.joinPath(runs, name);
      const record = await recordIn(folder).catch(() => undefined);
      if (record) found.push({ folder, record });
    }
  }
  return found.sort((a, b) => Date.parse(b.record.time) - Date.parse(a.record.time));
}

/**
 * The record of a classification, with its folders where they are here.
 * @throws {SemapError} `invalid-document`, `not-found`
 */
async function recordIn(folder: vscode.Uri): Promise<ClassificationRecord> {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder().decode(await readIn(folder, RUN_FILES.record, LARGEST_RECORD)));
  } catch (error) {
    if (error instanceof SemapError) throw error;
    throw invalidDocument(phrase('{0} is not valid JSON.', RUN_FILES.record), { cause: error });
  }
  const record = readClassification(data);
  const paths = pathsOf(record, folder);
  return { ...record, folders: record.folders.map((one) => paths.absolute(one)) };
}

/** A run keeps the root of its workspace, `.semap/runs/<run>` below it; one elsewhere has nothing else here. */
function pathsOf({ root }: Pick<ClassificationRecord, 'root'>, folder: vscode.Uri): MovedPaths {
  return new MovedPaths(root, vscode.Uri.joinPath(folder, '..', '..', '..').path);
}

/**
 * The run that a folder holds, as it was.
 * @throws {SemapError} `invalid-document`, `not-found`
 */
export async function openKeptRun(folder: vscode.Uri, settlings: Settlings): Promise<ClassifyRun> {
  const record = await recordIn(folder);
  const text = new TextDecoder().decode(await readIn(folder, RUN_FILES.alignment, LARGEST_ALIGNMENT));
  const alignment = parseAlignment(text);
  const packed = await readIn(folder, RUN_FILES.predictions, LARGEST_PREDICTIONS);
  const paths = pathsOf(record, folder);
  const stored = await storedPredictions({
    unpacked: unpacked(packed),
    count: record.predictions,
    labels: alignment.targets.map(({ label }) => label),
    fileAt: (at, path) => paths.fileAt(at === undefined ? undefined : record.folders[at], path),
    turn: () => new Promise((resolve) => setTimeout(resolve)),
  });
  const settings = {
    params: { ...imageFolders(record), backbone: record.backbone.name, alignment },
    backbone: record.backbone.name,
    alignmentPath: undefined,
  };
  return runOfRecord(record, settings, { stored, notes: [], keptIn: folder.toString(), settlings });
}

async function readIn(folder: vscode.Uri, name: string, limit: number): Promise<Uint8Array> {
  const uri = vscode.Uri.joinPath(folder, name);
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > limit) throw new SemapError('unreadable-file', phrase('{0} is too large.', name));
    return await vscode.workspace.fs.readFile(uri);
  } catch (cause) {
    if (cause instanceof SemapError) throw cause;
    throw new SemapError('not-found', phrase('{0} is missing in this run.', name), { cause });
  }
}

async function* unpacked(packed: Uint8Array): AsyncGenerator<Uint8Array, undefined> {
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream();
  const reader = stream.pipeThrough(new DecompressionStream('gzip')).getReader();
  // Not every browser iterates over a stream.
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
