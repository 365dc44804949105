import { DEFAULT_BACKBONE } from '../capabilities/alignLabels.ts';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { isOfOneFile } from '../core/alignments/members.ts';
import { backboneNames, backboneRef } from './backboneArguments.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';
import { methodOptions } from './options.ts';

/** The option that names an alignment. */
export const alignmentOption = {
  alignment: { short: 'a', value: 'FILE', text: 'An alignment document, as written by semap align --out.' },
} as const satisfies OptionTable;

/** @throws {UsageError} for options of methods where an alignment is given, which has its own */
export function refuseMethodOptions(args: Arguments): void {
  const unused = Object.keys(methodOptions).find((name) => args.has(name));
  if (unused) throw new UsageError(`--${unused} cannot be used with --alignment, which already sets it.`);
}

/**
 * The backbone of the option, else that of the alignment, else the usual one; of several the first.
 * @throws {UsageError} for another backbone than those of an alignment of several
 */
export function backboneFor(args: Arguments, alignment: AlignmentDocument | undefined): string {
  const [chosen, second] = backboneNames(args);
  if (chosen && alignment && !isOfOneFile(alignment))
    throw new UsageError(
      '--backbone cannot be used with an alignment of several backbones, which names them.',
    );
  if (second && alignment)
    throw new UsageError(
      'Several backbones cannot be used with an alignment of one.',
      'Join them: semap align --backbone A --backbone B --out FILE',
    );
  if (chosen) return backboneRef(chosen);
  return alignment?.backbone.path ?? alignment?.backbone.name ?? DEFAULT_BACKBONE;
}
