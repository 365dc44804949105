import { phrase } from '../../text/text.ts';
import type { ExportedImage, ExportSource } from '../exportedRun.ts';
import type { FormatOptions, SidecarsFormat } from '../format.ts';
import type { Tagging } from './xmp.ts';

/** What photo managers read: a small file beside each image. */
export const xmpFormat: SidecarsFormat = {
  id: 'xmp',
  kind: 'sidecars',
  title: phrase('XMP sidecars'),
  detail: phrase(
    'A file beside each image with its label as a keyword, for Lightroom, digiKam and darktable',
  ),
  options: [
    {
      name: 'sidecar-name',
      title: phrase('Names of new files'),
      detail: phrase('What other programs wrote keeps its name'),
      choices: [
        { id: 'short', title: phrase('photo.xmp, as Lightroom calls them') },
        { id: 'full', title: phrase('photo.jpg.xmp, as darktable and digiKam call them') },
      ],
    },
    {
      name: 'flat',
      title: phrase('Without kinds'),
      detail: phrase('Only the label itself: not animal and mammal for a dog'),
    },
    {
      name: 'digikam',
      title: phrase('Tags of digiKam'),
      detail: phrase('Also in files that have no list of them yet. An existing list is always updated'),
    },
  ],
};

export interface SidecarOptions {
  readonly name: 'short' | 'full';
  readonly flat: boolean;
  readonly digiKam: boolean;
}

export function sidecarOptions(options: FormatOptions): SidecarOptions {
  return {
    name: options['sidecar-name'] === 'full' ? 'full' : 'short',
    flat: options['flat'] === true,
    digiKam: options['digikam'] === true,
  };
}

/** An image, and what its sidecar says. */
export interface TaggedImage {
  /** Below the folder, with `/`. */
  readonly relative: string;
  /** Undefined where nothing is said of it: labels of before go. */
  readonly tagging: Tagging | undefined;
}

/** The images of one folder, whose sidecars are one plan. */
export interface TaggedFolder {
  /** Absolute. */
  readonly folder: string;
  readonly images: readonly TaggedImage[];
}

/**
 * What the sidecars of a source say, by folder.
 * @param kindsOf of WordNet senses, the kinds that they belong to
 */
export async function taggedFolders(
  source: ExportSource,
  { flat }: SidecarOptions,
  kindsOf: (senses: readonly string[]) => Promise<readonly (readonly string[])[]>,
): Promise<readonly TaggedFolder[]> {
  const { run } = source;
  const senses = new Map<string, string>();
  for (const { label, sense } of run.alignment?.targets ?? []) if (sense) senses.set(label, sense);
  const keys = new Set(senses.values());
  const folders = new Map<string, { image: ExportedImage; sense: string | undefined }[]>();
  for await (const some of source.images()) {
    for (const image of some) {
      // Of an image that lies in no folder of the run, its own one.
      const folder = run.folders[image.folder] ?? image.path.slice(0, -image.relative.length - 1);
      const sense = image.said === 'kind' ? image.sense : senses.get(image.label);
      if (sense !== undefined) keys.add(sense);
      const images = folders.get(folder);
      if (images) images.push({ image, sense });
      else folders.set(folder, [{ image, sense }]);
    }
  }
  const wanted = flat ? [] : [...keys];
  const found = wanted.length === 0 ? [] : await kindsOf(wanted);
  const kinds = new Map(wanted.map((key, i) => [key, found[i] ?? []]));
  const { backbone } = run;
  return [...folders].map(([folder, images]) => ({
    folder,
    images: images.map(({ image: { relative, label, confidence }, sense }) => {
      const above = (sense === undefined ? undefined : kinds.get(sense)) ?? [];
      return { relative, tagging: label === '' ? undefined : { label, kinds: above, confidence, backbone } };
    }),
  }));
}
