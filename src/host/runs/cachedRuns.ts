import type { AlignmentDocument } from '../../core/documents/alignment.ts';
import type { CachedImages } from '../../protocol/evidence.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { ClassifyFolders } from './classifyFolders.ts';

/** What runs of this session left in the cache of outputs: images on which an alignment can be tried at once. */
export class CachedRuns {
  readonly #engine: Engine;
  readonly #classify: Pick<ClassifyFolders, 'last' | 'onDidFinish'>;

  constructor(engine: Engine, classify: Pick<ClassifyFolders, 'last' | 'onDidFinish'>) {
    this.#engine = engine;
    this.#classify = classify;
  }

  /** A run is over: there are more images. */
  onDidChange(listener: () => void): { dispose(): unknown } {
    return this.#classify.onDidFinish(() => listener());
  }

  /** The images of the last run, where it used a document's backbone. */
  imagesOf({ backbone }: AlignmentDocument): CachedImages | undefined {
    const { last } = this.#classify;
    if (!last || last.state === 'running' || last.alignment.backbone.sha256 !== backbone.sha256)
      return undefined;
    const { folders, backbone: ref, sidecar } = last.settings.params;
    return { folders, backbone: ref, ...(sidecar === undefined ? {} : { sidecar }) };
  }

  /** For how many of those images another label is predicted; undefined where there are none. */
  async countChanges(
    before: AlignmentDocument,
    after: () => Promise<AlignmentDocument>,
  ): Promise<number | undefined> {
    const images = this.imagesOf(before);
    if (!images) return undefined;
    try {
      const alignment = await after();
      const { changed } = await this.#engine.call('liveScore', { ...images, alignment, before });
      return changed;
    } catch {
      // The count is a help: a choice can be made without it.
      return undefined;
    }
  }
}
