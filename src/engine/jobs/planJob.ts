import path from 'node:path';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { invalidArgument, SemapError } from '../../core/errors.ts';
import { JOB_VERSION, type JobDocument, MOST_SHARDS } from '../../core/jobs/job.ts';
import { listLine } from '../../core/jobs/shardList.ts';
import { phrase } from '../../core/text/text.ts';
import { mustBeFolder } from '../../files/folders.ts';
import { copyAlignment, idOf, makeJobFolder, writeJob, writeShardList } from '../../files/jobFolder.ts';
import type { JobMethods } from '../../protocol/jobs.ts';
import type { CallContext } from '../../protocol/rpc.ts';
import { prepareBackbone } from '../classify/preparedAlignment.ts';
import { usable } from '../features/features.ts';
import { layoutsOf } from '../folders/layouts.ts';
import { noImages } from '../folders/passedOverList.ts';
import { PIXELS_VERSION } from '../outputs/outputCache.ts';
import type { BackboneServices } from '../services.ts';
import { ListText } from './listText.ts';
import { PlannedImages } from './plannedImages.ts';

type Method = JobMethods['planJob'];

/** Writes a job: a list for each shard while the folders are walked, and at last the document. */
export async function planJob(
  services: Omit<BackboneServices, 'pools'>,
  params: Method['params'],
  { signal, report }: CallContext<Method['progress']>,
): Promise<Method['result']> {
  const { folder, images, list, alignment, imagesPerShard, format, lean, semap } = params;
  const folders = list ? [list.root] : images.folders;
  await Promise.all(folders.map(mustBeFolder));
  let bare: readonly BackboneDescription[] = [];
  const { backbone } = await prepareBackbone(services, params, (described) => {
    bare = described.members ?? [described];
  });
  const tapped = lean ? undefined : usable(await services.outputs.reading(backbone));
  await makeJobFolder(folder);
  const layouts = list ? [list.layout] : await layoutsOf(images);
  const truths = await services.truths.of({ ...images, folders, layouts });
  const planned = new PlannedImages(images, list, { layouts, truths, signal });
  const lists: string[] = [];
  let count = 0;
  const text = new ListText();
  const written = async () => {
    if (lists.length === MOST_SHARDS) throw tooManyShards();
    lists.push(await writeShardList(folder, lists.length, text.take()));
    report({ images: count });
  };
  for await (const some of planned.all())
    for (const image of some) {
      count++;
      text.add(listLine(image));
      if (text.lines === imagesPerShard) await written();
    }
  if (text.lines > 0) await written();
  if (count === 0) throw list ? noneOfList(planned) : noImages(folders, planned.passedOver);
  const { skipped, skippedCount, passedOver } = planned;
  const job: Omit<JobDocument, 'id'> = {
    'semap-job': JOB_VERSION,
    semap,
    time: new Date().toISOString(),
    pixels: PIXELS_VERSION,
    images: count,
    imagesPerShard,
    shards: lists.length,
    format,
    lean,
    folders: planned.folders,
    ...(images.split && { split: images.split }),
    listed: list !== undefined,
    backbones: bare,
    ...(tapped && { features: { output: tapped.tap.output, axis: tapped.tap.axis, width: tapped.width } }),
    ...(await copyAlignment(folder, alignment)),
    lists,
    leftOut: { skipped, skippedCount, ...(passedOver && { passedOver }) },
  };
  const id = idOf(job);
  await writeJob(path.resolve(folder), { ...job, id });
  return { id, images: count, shards: lists.length, skipped: skippedCount };
}

function noneOfList({ skipped }: PlannedImages): SemapError {
  if (skipped.length === 0) return new SemapError('no-images', phrase('The list names no images.'));
  const [{ path: first }] = skipped;
  return new SemapError('no-images', phrase('No path of the list is an image that is there.'), {
    hint: phrase('The first is {0}. With --root, say what relative paths are relative to.', first),
  });
}

function tooManyShards(): Error {
  return invalidArgument(phrase('The job would have more than {0} shards.', MOST_SHARDS), {
    hint: phrase('Use more images per shard.'),
  });
}
