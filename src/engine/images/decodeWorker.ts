import { workerData } from 'node:worker_threads';
import { flatness } from '../../core/images/flatness.ts';
import { type ImageFacts, lookOf } from '../../core/images/imageFacts.ts';
import type { InputSpec } from '../../core/images/preprocessing.ts';
import { fillInput, inputBytes, inputView, leastScale } from '../../core/images/tensor.ts';
import type { FileState } from '../../files/fileState.ts';
import { type Call, moving } from '../../protocol/rpc.ts';
import { serveStarter } from '../threads/serveStarter.ts';
import { Turns } from '../threads/turns.ts';
import type { LeastScale } from './codec.ts';
import { ImageReader, type ImageReaderData, type PictureMemoryApi } from './imageReader.ts';
import { type EncodedImage, encodeThumbnail, thumbnailScale } from './thumbnail.ts';

interface File {
  /** See `ImageThread.decode`; at least 1. */
  readonly ticket: number;
  readonly path: string;
}

/** An image as a backbone takes it. */
export interface LoadedImage {
  /** Its part of the input tensor. */
  readonly image: ArrayBuffer;
  readonly facts: ImageFacts;
  readonly state: FileState;
}

/** What a decoder offers, one file at a time. */
export interface DecodeApi {
  /** One image's part of the input tensor, in `into` where that has its size. */
  load: Call<File & { readonly spec: InputSpec; readonly into: ArrayBuffer | undefined }, LoadedImage>;
  thumbnail: Call<File & { readonly size: number }, EncodedImage>;
  flatness: Call<File, number>;
}

/** So many pixels along the shortest edge show whether a picture is painted. */
const FLATNESS_EDGE = 1000;
const leastForFlatness: LeastScale = (width, height) => Math.min(1, FLATNESS_EDGE / Math.min(width, height));

const turns = new Turns();

const starter = serveStarter<DecodeApi, PictureMemoryApi>({
  load: ({ ticket, path, spec, into }, { signal }) =>
    turns.take(
      async () => {
        const size = inputBytes(spec);
        const result = into?.byteLength === size ? into : new ArrayBuffer(size);
        const seen = await reader.use(
          path,
          ticket,
          (picture, { state }) => {
            const look = lookOf(fillInput(picture, spec, inputView(spec, result)));
            const { width, height } = picture.reduced ?? picture;
            return { facts: { width, height, ...look }, state };
          },
          { least: leastScale(spec) },
        );
        return moving({ image: result, ...seen }, [result]);
      },
      { signal },
    ),
  thumbnail: ({ ticket, path, size }, { signal }) =>
    turns.take(
      async () => {
        const small = await reader.use(path, ticket, (image) => encodeThumbnail(image, size), {
          least: thumbnailScale(size),
          preview: true,
        });
        return moving(small, [small.bytes.buffer]);
      },
      // Somebody is looking at the place of a thumbnail; the backbone has a batch in reserve.
      { signal, first: true },
    ),
  flatness: ({ ticket, path }, { signal }) =>
    turns.take(() => reader.use(path, ticket, (image) => flatness(image), { least: leastForFlatness }), {
      signal,
    }),
});
const reader = new ImageReader(workerData as ImageReaderData, starter);
