import * as vscode from 'vscode';
import type { SimilarityChoice } from '../../core/encoders/similarityChoice.ts';
import type { EncoderEntry } from '../../protocol/encoders.ts';
import type { ListRow } from '../questions.ts';

/** A similarity to choose; undefined: WordNet. */
export type SimilarityItem = ListRow & { readonly choice: SimilarityChoice | undefined };

/** What labels can be compared by: WordNet, each installed text encoder, and both together. */
export function similarityItems(encoders: readonly EncoderEntry[]): SimilarityItem[] {
  const { t } = vscode.l10n;
  return [
    { label: 'WordNet', detail: t('Built in. Explains why two labels match'), choice: undefined },
    ...encoders.flatMap(({ name, kind }): SimilarityItem[] => [
      {
        label: name,
        detail: t('Compares the meaning of labels with this text encoder'),
        choice: { name: kind === 'sentence' ? 'minilm' : 'clip', encoder: name },
      },
      {
        label: t('WordNet and {0}', name),
        detail: t('Combines both'),
        choice: { name: 'combined', encoder: name },
      },
    ]),
  ];
}
