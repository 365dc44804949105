import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import type { Engine, EngineCallOptions } from '../host/supervisor/engineClient.ts';
import type { EngineApi } from '../protocol/engineApi.ts';
import { reportModel } from './modelReport.ts';
import { needsComputer } from './readOnly.ts';
import { readFile, uriOf } from './workspaceFiles.ts';

/** Bytes: a photograph takes less, and what is larger is not brought over the network for a small picture of it. */
const LARGEST_IMAGE = 64 << 20;

/** In the place of the engine: small pictures, which the browser makes, and outlines of models; everything else needs VS Code on a computer. */
export class BrowserEngine implements Engine {
  async call<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
    options: EngineCallOptions<EngineApi[K]['progress']> = {},
  ): Promise<EngineApi[K]['result']> {
    const answer = async (): Promise<unknown> => {
      switch (method) {
        case 'thumbnail':
          return thumbnail(params as EngineApi['thumbnail']['params']);
        case 'reportModel': {
          const { file } = params as EngineApi['reportModel']['params'];
          return reportModel(file, (outline) => options.onProgress?.(outline as EngineApi[K]['progress']));
        }
        default:
          throw needsComputer();
      }
    };
    return (await answer()) as EngineApi[K]['result'];
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
