import { parentPort, workerData } from 'node:worker_threads';
import { problemOf } from '../../core/errors.ts';
import { fillInput, inputBytes, inputView } from '../../core/images/tensor.ts';
import type { DecodeWorkerData, FromWorker, ToWorker } from './decodeMessages.ts';
import { ImageReader } from './imageReader.ts';
import { encodeThumbnail } from './thumbnail.ts';

type QueuedJob = Exclude<ToWorker, { kind: 'cancel' }>;

const { current, images } = workerData as DecodeWorkerData;
const reader = new ImageReader(images);
const port = parentPort!;
const queue: QueuedJob[] = [];
let working = false;

port.on('message', (message: ToWorker) => {
  if (message.kind === 'cancel') {
    const at = queue.findIndex((job) => job.id === message.id);
    if (at >= 0) queue.splice(at, 1);
    return;
  }
  // Somebody is looking at the place of a thumbnail; the backbone has a batch in reserve.
  if (message.kind === 'thumbnail') queue.unshift(message);
  else queue.push(message);
  if (!working) void work();
});

/** Jobs one after the other; messages are taken between two of them. */
async function work(): Promise<void> {
  working = true;
  for (let job = queue.shift(); job; job = queue.shift()) {
    Atomics.store(current, 0, job.id);
    await perform(job);
    Atomics.store(current, 0, 0);
    await new Promise(setImmediate);
  }
  working = false;
}

async function perform(job: QueuedJob): Promise<void> {
  try {
    if (job.kind === 'thumbnail') {
      const result = await reader.use(job.path, (image) => encodeThumbnail(image, job.size));
      reply({ id: job.id, kind: 'done', result }, result.bytes.buffer as ArrayBuffer);
      return;
    }
    const size = inputBytes(job.spec);
    const result = job.into?.byteLength === size ? job.into : new ArrayBuffer(size);
    await reader.use(job.path, (image) => fillInput(image, job.spec, inputView(job.spec, result)));
    reply({ id: job.id, kind: 'done', result }, result);
  } catch (error) {
    reply({ id: job.id, kind: 'failed', ...problemOf(error) });
  }
}

function reply(message: FromWorker, transfer?: ArrayBuffer): void {
  port.postMessage(message, transfer ? [transfer] : []);
}
