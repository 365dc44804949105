import { type ExportSource, withLooks } from '../core/exports/exportedRun.ts';
import type { ExportFilter } from '../core/exports/exportFilter.ts';
import type { Format } from '../core/exports/format.ts';
import type { BackboneRef } from '../protocol/models.ts';
import { imageLooks } from './imageLooks.ts';
import type { Session } from './session.ts';

/**
 * A source with what its images look like, where a format or a filter wants that: as far as it, or the cache of outputs,
 * tells.
 */
export async function sourceWithLooks(
  source: ExportSource,
  { format, filter }: { readonly format: Format; readonly filter: ExportFilter },
  backboneOf: (alignment: NonNullable<ExportSource['run']['alignment']>) => BackboneRef,
  session: Pick<Session, 'engine' | 'signal'>,
): Promise<ExportSource> {
  const { has, alignment, folders, layouts, split } = source.run;
  const isWanted = filter.withoutDuplicates || format.wants?.looks;
  if (!isWanted || has.looks || !alignment) return source;
  const about = { folders, layouts, split, alignment, backbone: backboneOf(alignment) };
  const looks = await imageLooks(about, session);
  return looks ? withLooks(source, (file) => looks.get(file)) : source;
}
