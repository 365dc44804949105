import type { GridLook } from './alignmentGrid.ts';
import type { Arrangement } from './alignmentModel.ts';

/** What the person arranged; it survives hiding and reloading. */
export interface AlignmentPageState extends Arrangement {
  /** Whether the details of what is selected are open; undefined: as there is room. */
  readonly details?: boolean;
  /** Whether the warnings are listed; undefined: as there is room. */
  readonly warnings?: boolean;
  /** Where in which document they were. */
  readonly look?: GridLook & { readonly uri: string };
}

export const DEFAULT_STATE: AlignmentPageState = { order: 'tree', all: false, search: '' };

/** Whether all sources of a backbone are shown, or those that matter. */
export function showsAll({ all, allOf = [] }: Arrangement, backbone: string): boolean {
  return all || allOf.includes(backbone);
}

/** The same arrangement with all sources of a backbone shown, or those that matter. */
export function withAll({ allOf = [] }: Arrangement, backbone: string, all: boolean): Partial<Arrangement> {
  const others = allOf.filter((name) => name !== backbone);
  return { allOf: all ? [...others, backbone] : others };
}
