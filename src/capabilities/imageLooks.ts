import type { LooksOfImage } from '../core/likeness/looks.ts';
import type { EngineApi } from '../protocol/engineApi.ts';
import type { Session } from './session.ts';

/** What images are whatever their labels, by their paths; of those whose outputs were kept. */
export type LooksByPath = ReadonlyMap<string, LooksOfImage>;

/** Asks about the images that were classified; undefined where the engine cannot say: the answers are none the worse. */
export async function imageLooks(
  about: EngineApi['examineImages']['params'],
  { engine, signal }: Pick<Session, 'engine' | 'signal'>,
): Promise<LooksByPath | undefined> {
  const examined = await engine.call('examineImages', about, { signal }).catch(() => undefined);
  if (!examined) return undefined;
  const { paths, groups, looks, widths, heights } = examined;
  return new Map(
    paths.map((file, i) => [
      file,
      { group: groups[i], looks: looks[i], width: widths[i], height: heights[i] },
    ]),
  );
}
