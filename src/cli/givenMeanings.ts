import type { TargetLabel } from '../core/labels/targetLabels.ts';
import { type Arguments, UsageError } from './commandLine.ts';

/** What options say about the meaning of labels, by label. */
export interface GivenMeanings {
  readonly hints: ReadonlyMap<string, string>;
  readonly senses: ReadonlyMap<string, string>;
}

/** @throws {UsageError} when a note does not say which label it is about */
export function givenMeanings(args: Arguments): GivenMeanings {
  return { hints: notes(args, 'hint', 'dog=puppy'), senses: notes(args, 'sense', 'crane=crane%1:05:00::') };
}

function notes(args: Arguments, option: string, example: string): ReadonlyMap<string, string> {
  return new Map(
    args.texts(option).map((text) => {
      const [, label = '', note = ''] = /^(.*?)=(.*)$/s.exec(text) ?? [];
      if (label.trim() === '' || note.trim() === '') {
        throw new UsageError(
          `--${option} must name a label and its ${option}.`,
          `For example: --${option} "${example}"`,
        );
      }
      return [label.trim(), note.trim()] as const;
    }),
  );
}

/** @throws {UsageError} for a note about a label that is not among the targets */
export function withMeanings(
  targets: readonly TargetLabel[],
  { hints, senses }: GivenMeanings,
): TargetLabel[] {
  const names = new Set(targets.map(({ name }) => name));
  for (const [option, about] of [
    ['hint', hints],
    ['sense', senses],
  ] as const) {
    for (const label of about.keys()) {
      if (!names.has(label)) throw new UsageError(`--${option}: there is no label "${label}".`);
    }
  }
  return targets.map((target) => ({
    ...target,
    hint: hints.get(target.name) ?? target.hint,
    sense: senses.get(target.name) ?? target.sense,
  }));
}
