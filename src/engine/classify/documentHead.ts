import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { AlignmentDocument, HeadRecord } from '../../core/alignments/alignment.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { invalidDocument, SemapError, toSemapError } from '../../core/errors.ts';
import { type Head, headFor } from '../../core/heads/head.ts';
import { decodeHead, type HeadContent, LARGEST_HEAD } from '../../core/heads/headFile.ts';
import { phrase } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';

/** Heads that stay in memory. */
const KEPT = 4;

const kept = new Map<string, HeadContent>();

/**
 * The head of an alignment; undefined where it has none.
 * @param alignment with an absolute path of its head's file
 * @param backbone with the alignment's prompt in its input
 * @param featureWidth of the backbone; undefined where its features cannot be read
 * @throws {SemapError} `not-found`, `unreadable-file`, `invalid-document` for another file than was saved, and
 * `labels-mismatch` for a head of another backbone, prompt or labels
 */
export async function documentHead(
  alignment: Pick<AlignmentDocument, 'head' | 'targets'>,
  backbone: BackboneDescription,
  featureWidth: number | undefined,
): Promise<Head | undefined> {
  const { head } = alignment;
  if (!head) return undefined;
  const content = await readHead(head);
  return headFor(alignment, content, path.basename(head.file), backbone, featureWidth);
}

async function readHead({ kind, file, sha256 }: HeadRecord): Promise<HeadContent> {
  const name = path.basename(file);
  const hint = phrase('Put it back, or remove "head" from the alignment to classify by its mapping.');
  if (!path.isAbsolute(file)) {
    throw new SemapError(
      'not-found',
      phrase('Cannot read the head {0} of the alignment: its path is relative to an unknown document.', file),
      { hint },
    );
  }
  const { size, mtimeMs } = await stat(file).catch(() => ({ size: -1, mtimeMs: 0 }));
  const key = `${file}\n${size}\n${mtimeMs}\n${sha256}`;
  const known = kept.get(key);
  if (known) return known;
  let bytes: Uint8Array;
  try {
    bytes = await readRegularFile(file, { limit: LARGEST_HEAD });
  } catch (cause) {
    const { reason, text } = toSemapError(cause);
    throw new SemapError(reason, phrase('Cannot read the head of the alignment: {0}', text), { hint, cause });
  }
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw invalidDocument(phrase('{0} is not the head that the alignment was saved with.', name), { hint });
  const content = decodeHead(bytes, name);
  if (content.kind !== kind)
    throw invalidDocument(
      phrase('The alignment names the head {0} as {1}, but it is {2}.', name, kind, content.kind),
      {
        hint,
      },
    );
  kept.set(key, content);
  for (const oldest of [...kept.keys()].slice(0, -KEPT)) kept.delete(oldest);
  return content;
}
