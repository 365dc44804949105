import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import type { Engine } from '../host/supervisor/engineClient.ts';
import type { EngineApi } from '../protocol/engineApi.ts';
import { readFile, uriOf } from './workspaceFiles.ts';

/** Bytes: a photograph takes less, and what is larger is not brought over the network for a small picture of it. */
const LARGEST_IMAGE = 64 << 20;

/** What is said where an engine would answer. */
export function needsComputer(): SemapError {
  return new SemapError('no-engine', phrase('SeMap in the browser only shows what there is.'), {
    hint: phrase('Open this folder in VS Code on a computer to run backbones.'),
  });
}

/** In the place of the engine: small pictures, which the browser makes; everything else needs VS Code on a computer. */
export class BrowserEngine implements Engine {
  async call<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
  ): Promise<EngineApi[K]['result']> {
    if (method !== 'thumbnail') throw needsComputer();
    return (await thumbnail(params as EngineApi['thumbnail']['params'])) as EngineApi[K]['result'];
  }
}

/** @throws {SemapError} `not-found`, `unreadable-image` for a format that browsers do not show */
async function thumbnail({
  path,
  size,
}: EngineApi['thumbnail']['params']): Promise<EngineApi['thumbnail']['result']> {
  const bytes = await readFile(uriOf(path), LARGEST_IMAGE);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  } catch (cause) {
    const name = path.slice(path.lastIndexOf('/') + 1);
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
