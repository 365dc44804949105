import type { GivenMeanings } from '../capabilities/alignLabels.ts';
import { type Arguments, UsageError } from './commandLine.ts';

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
