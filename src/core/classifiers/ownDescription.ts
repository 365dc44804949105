import type { BackboneSidecar } from '../backbones/backboneSidecar.ts';
import { parseBackboneSidecar } from '../backbones/parseBackboneSidecar.ts';

/** The key under which a classifier that SeMap exported says how it is fed. */
export const CLASSIFIER_DESCRIPTION = 'semap.description';

/**
 * What a file says of itself as a backbone, where SeMap exported it. Its labels are in it: what names a file is not believed.
 * @param metadata key and value pairs of the file
 */
export function ownDescription(metadata: Readonly<Record<string, string>> | undefined): BackboneSidecar {
  const text = metadata?.[CLASSIFIER_DESCRIPTION];
  if (text === undefined) return {};
  try {
    const described = parseBackboneSidecar(JSON.parse(text), CLASSIFIER_DESCRIPTION);
    return Array.isArray(described.labels) ? described : {};
  } catch {
    return {};
  }
}
