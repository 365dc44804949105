import type { SplitName } from '../../folders/layout.ts';
import type { PlanList } from '../../plans/filePlan.ts';
import { csvLine, withApostrophes } from '../../text/csv.ts';
import { phrase, type Text } from '../../text/text.ts';

/** How many parts of all images each split gets. */
export type SplitShares = Readonly<Record<SplitName, number>>;

/** What lists say of an image, and where it is in the tree. */
interface ListedImage {
  readonly label: string;
  readonly confidence: number;
  readonly to: string;
}

/** How a program wants images in folders. */
export interface TreeLayout {
  readonly title: Text;
  readonly detail: Text;
  /** The folder of an image, with `/`, by the folder of its label and its split. */
  folder(label: string, split: SplitName | undefined): string;
  /** Whether the labels are folders. */
  readonly hasClassFolders: boolean;
  /** All images are of `train` where they have no splits. */
  readonly alwaysSplit?: true;
  /** What is drawn where nobody says anything. */
  readonly shares?: SplitShares;
  /** Names must differ in more than their extension. */
  readonly byStem?: true;
  /** A file about the images beside them, or one for each split. */
  list?(
    metadata: 'jsonl' | 'csv' | 'none',
    labels: readonly string[],
  ):
    | {
        readonly file: Omit<PlanList, 'to'>;
        path(split: SplitName | undefined): string;
        /** @returns undefined: it says nothing of the image */
        row(image: ListedImage): string | undefined;
      }
    | undefined;
}

const below = (...parts: readonly (string | undefined)[]) => parts.filter(Boolean).join('/');

/** What Hugging Face's names are for splits, in folders that are looked at before file names are. */
const HUGGING_FACE = { train: 'train', val: 'validation', test: 'test' } as const;

/** What lists say of an image in its split, with the same types in each of them. */
function metadataRow({ confidence, label, to }: ListedImage, asCsv: boolean): string {
  const file = to.slice(to.indexOf('/') + 1);
  const share = confidence.toFixed(6);
  if (asCsv) return csvLine([file, withApostrophes(label), share], ',');
  return `{"file_name":${JSON.stringify(file)},"label":${JSON.stringify(label)},"confidence":${share}}`;
}

export const treeLayouts = {
  imagefolder: {
    title: phrase('Class folders'),
    detail: phrase('A folder for each label, as PyTorch, Keras and SeMap read them'),
    hasClassFolders: true,
    folder: (label, split) => below(split, label),
  },
  huggingface: {
    title: phrase('Hugging Face image folder'),
    detail: phrase('Class folders and a table of labels and confidences, for load_dataset("imagefolder")'),
    hasClassFolders: true,
    // Without a folder that says so, file names such as test_1.jpg would make splits.
    alwaysSplit: true,
    folder: (label, split) => below(HUGGING_FACE[split ?? 'train'], label),
    list: (metadata) =>
      metadata === 'none'
        ? undefined
        : {
            file:
              metadata === 'csv'
                ? {
                    head: `${csvLine(['file_name', 'label', 'confidence'], ',')}\n`,
                    separator: '\n',
                    tail: '\n',
                  }
                : { head: '', separator: '\n', tail: '\n' },
            path: (split) => below(HUGGING_FACE[split ?? 'train'], `metadata.${metadata}`),
            row: (image) => metadataRow(image, metadata === 'csv'),
          },
  },
  ultralytics: {
    title: phrase('Ultralytics (YOLO) classification'),
    detail: phrase('Folders train, val and test with a folder for each label'),
    hasClassFolders: true,
    alwaysSplit: true,
    // Ultralytics does not train without images to validate with.
    shares: { train: 0.8, val: 0.2, test: 0 },
    folder: (label, split) => below(split ?? 'train', label),
  },
  'fiftyone-folder': {
    title: phrase('FiftyOne image classification folder'),
    detail: phrase('Images in data/ and their labels in labels.json'),
    hasClassFolders: false,
    byStem: true,
    folder: (_label, split) => below(split, 'data'),
    list: (_metadata, labels) => {
      const classes = new Map(labels.map((label, i) => [label, i]));
      return {
        file: {
          head: `{\n  "classes": ${JSON.stringify(labels)},\n  "labels": {\n`,
          separator: ',\n',
          tail: '\n  }\n}\n',
        },
        path: (split) => below(split, 'labels.json'),
        row: ({ label, confidence, to }) => {
          const name = to.slice(to.lastIndexOf('/') + 1);
          const stem = name.slice(0, name.lastIndexOf('.'));
          const target = classes.get(label);
          if (target === undefined) return undefined;
          // Whoever reads it must be able to tell it from what a person said.
          return `    ${JSON.stringify(stem)}: {"label": ${target}, "confidence": ${confidence.toFixed(6)}}`;
        },
      };
    },
  },
} as const satisfies Readonly<Record<string, TreeLayout>>;

export type TreeLayoutId = keyof typeof treeLayouts;
