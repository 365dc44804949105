import { phrase, verbatim } from '../text/text.ts';
import { xmlText } from '../text/xmlText.ts';
import { type ExportedImage, type ExportedRun, knownLabel } from './exportedRun.ts';
import type { FileFormat } from './format.ts';
import { imageNames } from './imageNames.ts';
import { rounded } from './rounded.ts';

/** How Label Studio calls files that its computer has: below its document root, which is `/` unless somebody sets it. */
const LOCAL_FILES = '/data/local-files/?d=';

/** Tasks for Label Studio: answers are predictions with scores, what is known are annotations. */
export const labelStudioFormat: FileFormat = {
  id: 'label-studio',
  kind: 'file',
  extension: 'json',
  title: verbatim('Label Studio'),
  detail: phrase('Tasks with predictions and known labels, and a labeling configuration'),
  options: [
    {
      name: 'image-url',
      title: phrase('Address of images'),
      value: 'URL',
      detail: phrase(
        'Where Label Studio finds the images, such as s3://bucket/photos/. Without it: local files of its computer',
      ),
    },
  ],
  async *write({ run, images }, options, { version }) {
    const addressOf = addresses(run, options['image-url']);
    const modelVersion = ['SeMap', version, run.backbone].filter(Boolean).join(' ');
    let separator = '[\n';
    for await (const some of images()) {
      yield separator +
        some.map((image) => JSON.stringify(taskOf(image, addressOf(image), modelVersion))).join(',\n');
      separator = ',\n';
    }
    yield separator === '[\n' ? '[]\n' : '\n]\n';
  },
  beside: ({ run }) => [{ ending: '.labeling.xml', text: labelingConfig(run.labels) }],
};

function addresses(run: ExportedRun, given: string | true | undefined): (image: ExportedImage) => string {
  if (typeof given === 'string') {
    const nameOf = imageNames(run);
    const start = /[/=]$/.test(given) ? given : `${given}/`;
    return (image) => start + escaped(nameOf(image));
  }
  // `C:/photos/1.jpg` or `photos/1.jpg`, below the root of the file system.
  return ({ path }) =>
    LOCAL_FILES + escaped((path.startsWith('/') ? path : path.replaceAll('\\', '/')).replace(/^\/+/, ''));
}

function escaped(path: string): string {
  return path
    .replaceAll(/\p{Cs}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/');
}

function taskOf(image: ExportedImage, address: string, modelVersion: string): object {
  const { label, said, answer, confidence, split, given } = image;
  const known = knownLabel(image);
  const isAnswered = given === undefined && said === 'label' && label !== '';
  return {
    data: {
      image: address,
      ...(split && { split }),
      ...(said === 'label' || given !== undefined ? {} : { said: said === 'kind' ? label : said, answer }),
    },
    ...(known !== undefined && {
      annotations: [{ result: known === null ? [] : [choice(known)], ground_truth: given === undefined }],
    }),
    predictions: isAnswered
      ? [
          {
            model_version: modelVersion,
            score: rounded(confidence),
            result: [{ ...choice(label), score: rounded(confidence) }],
          },
        ]
      : [],
  };
}

function choice(label: string) {
  return { id: 'label', from_name: 'label', to_name: 'image', type: 'choices', value: { choices: [label] } };
}

function labelingConfig(labels: readonly string[]): string {
  const choices = labels.map((label) => `    <Choice value="${xmlText(label)}"/>\n`);
  return `<View>
  <Image name="image" value="$image" zoom="true"/>
  <Choices name="label" toName="image" choice="single" showInLine="true">
${choices.join('')}  </Choices>
</View>
`;
}
