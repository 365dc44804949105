import type { AlignmentComparison } from '../core/evidence/comparison.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import type { ComparedSide } from '../protocol/evidence.ts';
import { runImages, type ShowClassifying } from './runImages.ts';
import type { Session } from './session.ts';

/**
 * Two alignments on the images of folders: those that a backbone has not seen run once.
 * @throws {SemapError} `cancelled`; what the engine says
 */
export async function compareAlignments(
  images: ImageFolders,
  sides: readonly [first: ComparedSide, second: ComparedSide],
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
  const { engine, signal } = session;
  return engine.call('compareAlignments', { ...images, sides }, { signal });
}
