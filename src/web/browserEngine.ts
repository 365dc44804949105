import * as vscode from 'vscode';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import type { Engine } from '../host/supervisor/engineClient.ts';
import type { EngineApi } from '../protocol/engineApi.ts';

/** A photograph takes less; what is larger is not brought over the network for a small picture of it. */
const LARGEST_IMAGE = 64 << 20;

/** What is said where an engine would answer. */
export function needsComputer(): SemapError {
  return new SemapError('no-engine', phrase('SeMap in the browser only shows what there is.'), {
    hint: phrase('Open this folder in VS Code on a computer to run backbones.'),
  });
}

/** In the place of the engine: small pictures, which the browser makes; everything else needs VS Code on a computer. */
export class BrowserEngine implements Engine {
  readonly #base: vscode.Uri;

  /** @param base of whose file system the paths are */
  constructor(base: vscode.Uri) {
    this.#base = base;
  }

  async call<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
  ): Promise<EngineApi[K]['result']> {
    if (method !== 'thumbnail') throw needsComputer();
    const { path, size } = params as EngineApi['thumbnail']['params'];
    return (await thumbnail(this.#base.with({ path }), size)) as EngineApi[K]['result'];
  }
}

/** @throws {SemapError} `not-found`, `unreadable-image` for a format that browsers do not show */
async function thumbnail(uri: vscode.Uri, size: number): Promise<EngineApi['thumbnail']['result']> {
  const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
  const bytes = await bytesOf(uri, name);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  } catch (cause) {
    throw new SemapError('unreadable-image', phrase('The browser cannot show {0}.', name), { cause });
  }
  const scale = Math.min(1, size / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((edge) => Math.max(1, Math.round(edge * scale)));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return { type: blob.type, bytes: new Uint8Array(await blob.arrayBuffer()) };
}

async function bytesOf(uri: vscode.Uri, name: string): Promise<Uint8Array> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > LARGEST_IMAGE) throw new SemapError('unreadable-image', phrase('{0} is too large.', name));
    return await vscode.workspace.fs.readFile(uri);
  } catch (cause) {
    if (cause instanceof SemapError) throw cause;
    throw new SemapError('not-found', phrase('{0} is not in the folder that is open.', name), { cause });
  }
}
