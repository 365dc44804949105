import path from 'node:path';
import * as z from 'zod';
import { toSemapError } from '../../core/errors.ts';
import { listed, phrase, plural, say } from '../../core/text/text.ts';
import { type Picture, WithPictures } from '../picture.ts';
import { tool } from '../tool.ts';

const MOST = 8;
const USUAL_SIZE = 256;
const LARGEST_SIZE = 512;
/** Folders that a question names; the rest is counted. */
const NAMED = 3;

export const showImages = tool({
  name: 'show_images',
  title: phrase('Show Images'),
  description:
    'Shows you small pictures of images, so that you can see what they are. The person is asked every time. Use it for the few images that decide something: those that propose_images names, or wrong ones from read_results. Labels that you give for what you saw are recorded as those of an agent. Does not show images in full size.',
  changes: 'nothing',
  shows: true,
  input: z.object({
    images: z
      .array(z.string().min(1))
      .min(1)
      .max(MOST)
      .describe('Paths of images, as other tools tell them.'),
    size: z
      .number()
      .int()
      .min(64)
      .max(LARGEST_SIZE)
      .optional()
      .describe(`Longest edge in pixels. Default: ${USUAL_SIZE}.`),
  }),
  output: z.object({
    shown: z.array(z.string()).describe('Images in the order of their pictures.'),
    notShown: z.array(z.object({ image: z.string(), why: z.string() })),
  }),
  doing: ({ images }) => plural(images.length, 'Showing {0} image', 'Showing {0} images'),
  consent: ({ images }) => {
    const folders = [...new Set(images.map((image) => path.dirname(image)))];
    return plural(
      images.length,
      'Show {0} picture of {1} to the model?',
      'Show {0} pictures of {1} to the model?',
      listed(folders, NAMED),
    );
  },
  use: async ({ images, size = USUAL_SIZE }, { engine, signal, places }) => {
    const pictures: Picture[] = [];
    const shown: string[] = [];
    const notShown: { image: string; why: string }[] = [];
    for (const named of new Set(images)) {
      const file = await places.readable(named);
      try {
        pictures.push(await engine.call('thumbnail', { path: file, size }, { signal }));
        shown.push(places.shown(file));
      } catch (error) {
        if (signal.aborted) throw error;
        notShown.push({ image: places.shown(file), why: say(toSemapError(error).text) });
      }
    }
    return new WithPictures({ shown, notShown }, pictures);
  },
});
