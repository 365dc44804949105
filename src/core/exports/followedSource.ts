import { cancelled, SemapError } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { ExportSource } from './exportedRun.ts';

/** Who follows an export. */
export interface Following {
  readonly signal?: AbortSignal | undefined;
  /** Told how many images left so far, whenever some more did. */
  readonly onImages?: ((images: number) => void) | undefined;
}

/** The same source, whose images are counted on their way, and that ends when its signal says so. */
export function followed(source: ExportSource, { signal, onImages }: Following): ExportSource {
  return {
    run: source.run,
    async *images() {
      let images = 0;
      for await (const some of source.images()) {
        if (signal?.aborted) throw cancelled();
        yield some;
        images += some.length;
        onImages?.(images);
      }
    },
  };
}

/**
 * Sees that there is anything to write before a file of before is replaced by an empty one.
 * @throws {SemapError} `no-images`
 */
export async function mustHaveImages(source: ExportSource): Promise<void> {
  for await (const some of source.images()) if (some.length > 0) return;
  throw source.run.images === 0
    ? new SemapError('no-images', phrase('There is no image to export.'))
    : new SemapError('no-images', phrase('No image passes the filters.'));
}
