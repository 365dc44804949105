import { createHash } from 'node:crypto';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { furtherParts } from '../../core/backbones/sameBackbone.ts';

/** Several backbones as one, with the labels of each after those of the one before. */
export function joinedBackbone(members: readonly BackboneDescription[]): BackboneDescription {
  const [first] = members;
  if (members.length === 1) return first;
  const { prompt: _, ...input } = first.input;
  const { text: __, ...described } = first;
  let from = 0;
  const background = members.flatMap(({ labelSpace }) => {
    const own = labelSpace.background.map((index) => from + index);
    from += labelSpace.labels.length;
    return own;
  });
  return {
    ...described,
    name: members.map(({ name }) => name).join(' + '),
    sha256: hashOf(members),
    bytes: members.reduce((sum, { bytes }) => sum + bytes, 0),
    input,
    labelSpace: {
      name: members.map(({ labelSpace }) => labelSpace.name).join(' + '),
      labels: members.flatMap(({ labelSpace }) => labelSpace.labels),
      background,
    },
    members,
  };
}

/** The same for the same backbones, prompts and preprocessing in the same order. */
function hashOf(members: readonly BackboneDescription[]): string {
  const what = members.map((member) => {
    const { sha256, input, output, outputName } = member;
    return [sha256, input, output, outputName, ...furtherParts(member)];
  });
  return createHash('sha256').update(JSON.stringify(what)).digest('hex');
}
