import os from 'node:os';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { fileState } from '../../files/fileState.ts';
import type { DecodePool } from '../images/decodePool.ts';
import type { RunSpec, SessionOptions } from './inferenceWorker.ts';
import { Lane } from './lane.ts';

/** Opens a lane on a model; replaced in tests. */
export type OpenLane = (file: string, session: SessionOptions, spec: RunSpec) => Promise<Lane>;

/** Lanes that are open, and who decodes for them. */
export interface Lanes {
  readonly lanes: readonly Lane[];
  readonly session: SessionOptions;
  readonly decode: DecodePool | undefined;
}

/** What a lane takes beside its weights: onnxruntime itself, packed weights, activations. */
const LANE_BYTES = 100 << 20;

/**
 * A lane with the model loaded, warm.
 *
 * @throws {SemapError} what is wrong with the model
 */
export async function openLane(file: string, session: SessionOptions, spec: RunSpec): Promise<Lane> {
  const lane = await Lane.open(file, session);
  await lane.prepare(spec);
  return lane;
}

/** Opens lanes on the file as it is now only: outputs of another model would be kept as this one's. */
export function unchanged(file: string, open: OpenLane): OpenLane {
  const now = () =>
    fileState(file).then(
      (state) => JSON.stringify(state),
      () => 'gone',
    );
  const first = now();
  return async (path, session, spec) => {
    const [before, after] = [await first, await now()];
    // One that was not there to begin with is told of by whoever opens it.
    if (before !== after) {
      throw new SemapError(
        'not-found',
        after === 'gone'
          ? phrase('{0} was deleted while it was in use.', path)
          : phrase('{0} was replaced while it was in use.', path),
        { hint: phrase('Run it again: finished images are kept.') },
      );
    }
    return open(path, session, spec);
  };
}

/** What the lanes of a backbone may use of the CPU. */
export interface CpuShare {
  readonly threads: number;
  /** Most copies of the model beside each other. */
  readonly copies: number;
}

/** As many lanes as there are threads, as copies of the model are allowed, and as memory holds. */
export async function openOnCpu(
  { path, bytes, fixedBatch = 1 }: BackboneDescription,
  { threads, copies }: CpuShare,
  decode: DecodePool,
  append: SessionOptions['append'],
  spec: RunSpec,
  open: OpenLane,
): Promise<Lanes> {
  const affordable = Math.max(1, Math.floor(os.freemem() / 2 / (bytes * 2 + LANE_BYTES)));
  const count = Math.min(threads, copies, affordable);
  const session: SessionOptions = {
    threads: Math.max(1, Math.floor(threads / count)),
    provider: 'cpu',
    append,
  };
  const opening = Array.from({ length: count }, () => open(path, session, spec));
  const settled = await Promise.allSettled(opening);
  const lanes = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  // Where memory is short, one lane is enough.
  if (lanes.length === 0) throw (settled[0] as PromiseRejectedResult).reason;
  const beside = session.threads > 1 || fixedBatch > 1;
  return { lanes, session, decode: beside ? decode : undefined };
}
