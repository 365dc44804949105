import path from 'node:path';
import type { SettleParams } from '../protocol/settling.ts';
import { runImages, type ShowClassifying } from './runImages.ts';
import type { Session } from './session.ts';
import { callTogether, noteGivenLabels } from './together.ts';

export interface ProposeImagesParams extends Omit<SettleParams, 'mode' | 'folders'> {
  readonly folder: string;
  readonly count: number;
  /** Drawn by chance, to measure and not to learn. */
  readonly random: boolean;
}

/**
 * Names the images of a folder whose labels teach most, with the labels that are known.
 * @returns relative to the folder, with `/`; fewer than asked for where so many have no label
 * @throws {SemapError} `cancelled`; what the engine says
 */
export async function proposeImages(
  { folder, count, random, ...rest }: ProposeImagesParams,
  session: Session,
  show?: ShowClassifying,
): Promise<readonly string[]> {
  const about = { ...rest, folders: [folder] };
  await runImages(about, session, show);
  await noteGivenLabels(about, session);
  const { paths } = await callTogether('proposeImages', { ...about, mode: 'auto', count, random }, session);
  return paths.map((image) => path.relative(folder, image).split(path.sep).join('/'));
}
