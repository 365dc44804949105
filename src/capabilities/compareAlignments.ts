import type { AlignmentComparison } from '../core/evidence/comparison.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import type { ComparedSide } from '../protocol/evidence.ts';
import { runImages, type ShowClassifying } from './runImages.ts';
import type { Session } from './session.ts';

type ComparedSides = readonly [first: ComparedSide, second: ComparedSide];

/**
 * Two alignments on the images of folders: those that a backbone has not seen run once.
 * @param show absent: how many are done is reported
 * @throws {SemapError} `cancelled`; what the engine says
 */
export async function compareAlignments(
  images: ImageFolders,
  sides: ComparedSides,
  session: Session,
  show?: ShowClassifying,
): Promise<AlignmentComparison> {
  const seen = new Set<string>();
  for (const side of sides) {
    const { members = [], prompt } = side.alignment;
    const runs = [side.backbone, prompt, ...members.map((one) => [one.backbone.sha256, one.prompt])].join(
      '\n',
    );
    if (seen.has(runs)) continue;
    seen.add(runs);
    await runImages({ ...images, ...side }, session, show);
  }
  return compareCached(images, sides, session);
}

/**
 * The same of those images only that the cache has of both.
 * @throws {SemapError} what the engine says
 */
export function compareCached(
  images: ImageFolders,
  sides: ComparedSides,
  { engine, signal }: Pick<Session, 'engine' | 'signal'>,
): Promise<AlignmentComparison> {
  return engine.call('compareAlignments', { ...images, sides }, { signal });
}
