import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { isTextEncoder } from '../../core/backbones/backboneFiles.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** Models that are looked for, and how long. */
const MOST = 20;
const PATIENCE_MS = 5000;

/**
 * The `.onnx` files of the workspace that are not in the list, and no copies of what is; none where the workspace is not
 * trusted. Text encoders are no backbones. Folders that the person excludes from files or from the search are left out, and hidden ones.
 *
 * @param listed files that are in the list
 */
export async function workspaceModels(
  engine: Engine,
  listed: readonly string[],
): Promise<readonly vscode.Uri[]> {
  if (!vscode.workspace.isTrusted) return [];
  const found = (await onnxFiles()).filter(
    ({ scheme, fsPath }) => scheme === 'file' && !listed.includes(fsPath) && !isTextEncoder(fsPath),
  );
  if (found.length === 0) return [];
  const known = await contentsOf(engine, [...listed, ...found.map(({ fsPath }) => fsPath)]);
  const seen = new Set(listed.map((path) => known.get(path)));
  return found.filter(({ fsPath }) => {
    const content = known.get(fsPath);
    if (content === undefined || seen.has(content)) return false;
    seen.add(content);
    return true;
  });
}

async function onnxFiles(): Promise<readonly vscode.Uri[]> {
  const excluded = vscode.workspace.getConfiguration('search').get<Record<string, unknown>>('exclude') ?? {};
  const patterns = Object.keys(excluded).filter((pattern) => excluded[pattern] === true);
  const late = new vscode.CancellationTokenSource();
  const timer = setTimeout(() => late.cancel(), PATIENCE_MS);
  try {
    // VS Code adds what the person excludes from files.
    const without = `{${['**/node_modules', '**/.*', ...patterns].join(',')}}`;
    return await vscode.workspace.findFiles('**/*.{onnx,ONNX}', without, MOST, late.token);
  } finally {
    clearTimeout(timer);
    late.dispose();
  }
}

/** What tells files of one content: their size where nothing else has it, otherwise the hash; absent for what is gone. */
async function contentsOf(engine: Engine, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => undefined,
      ),
    ),
  );
  const shared = paths.filter(
    (_, i) => sizes[i] !== undefined && sizes.indexOf(sizes[i]) !== sizes.lastIndexOf(sizes[i]),
  );
  const hashes = shared.length > 0 ? await engine.call('hashModels', { files: shared }) : [];
  return new Map(
    paths.flatMap((path, i): [string, string][] => {
      const hash = hashes[shared.indexOf(path)];
      return sizes[i] === undefined
        ? []
        : [[path, hash ?? `${sizes[i]} bytes${shared.includes(path) ? path : ''}`]];
    }),
  );
}
