import type {
  AlignmentDocument,
  AlignmentSource,
  AlignmentTarget,
} from '../../src/core/alignments/alignment.ts';

/** A document of these target labels; `more` is what a test wants otherwise than usual. */
export function alignmentOf(
  sourceCount: number,
  targets: readonly AlignmentTarget[],
  more: Partial<AlignmentDocument> = {},
): AlignmentDocument {
  return {
    version: 1,
    backbone: { name: 'net', sha256: 'abc', labelSpace: 'l', sourceCount },
    method: { name: 'semap', similarity: 'wordnet' },
    aggregation: { kind: 'log-mean-exp', alpha: 1 },
    targets,
    ...more,
  };
}

export const target = (label: string, ...sources: AlignmentSource[]) => ({
  label,
  expected: 'good' as const,
  sources,
});

export const source = (index: number, weight = 1, similarity = 0.5, label = `s${index}`) => ({
  label,
  index,
  weight,
  similarity,
});

/** A document of the embedded backbone in which nothing is mapped yet. */
export function starterAlignment(...labels: readonly string[]): AlignmentDocument {
  const targets = labels.map((label) => target(label));
  const backbone = { name: 'starter', sha256: '', labelSpace: 'imagenet-1k', sourceCount: 1000 };
  return alignmentOf(backbone.sourceCount, targets, { backbone });
}
