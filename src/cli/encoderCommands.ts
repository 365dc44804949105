import { KNOWN_ENCODERS } from '../core/encoders/catalogue.ts';
import { fileSize } from '../core/text/numbers.ts';
import { listed, say } from '../core/text/text.ts';
import type { EncoderCheck, EncoderEntry } from '../protocol/encoders.ts';
import { type Command, EXIT } from './command.ts';
import { withEngine } from './engineSession.ts';
import { folderOrName } from './folderArguments.ts';
import { installModelByCommand, installOptions } from './installCommand.ts';
import { commonOptions, encoderFolderOption } from './options.ts';
import { printable, table } from './terminal.ts';

export const listEncodersCommand: Command = {
  name: 'encoders list',
  usage: 'encoders list [--json]',
  summary: 'List the text encoders that are installed, or can be installed by name.',
  text: 'A text encoder turns labels into embeddings, an alternative to WordNet for --similarity. Text encoders are optional, and none is downloaded unless you ask for it.',
  options: { ...encoderFolderOption, ...commonOptions },
  examples: [['semap encoders list', 'Which text encoders can --similarity use?']],
  async run({ args, setup, terminal, signal }) {
    args.none('encoders list takes no name.');
    return withEngine(setup, async (engine) => {
      const entries = await engine.call('listEncoders', undefined, { signal });
      const known = KNOWN_ENCODERS.map((each) => ({ ...each, description: say(each.description) }));
      const result = { installed: entries, known };
      terminal.result(args.flag('json'), result, () => listOf(entries, terminal.columns));
      return EXIT.done;
    });
  },
};

export const installEncoderCommand: Command = {
  name: 'encoders install',
  installs: true,
  usage: 'encoders install NAME|OWNER/REPO|FOLDER [--mirror URL] [--dtype TYPE] [--dry-run] [--json]',
  summary: 'Download a text encoder from the Hugging Face Hub, or copy one.',
  text: `Shows the size, downloads, verifies the SHA-256 that the Hub states, and installs only complete files. Run the same command again to resume an interrupted download. An installed text encoder works offline.\n\nNAME is ${KNOWN_ENCODERS.map(({ id }) => id).join(', ')}. OWNER/REPO is any repository in the layout of Transformers.js (config.json, tokenizer.json, tokenizer_config.json, onnx/text_model.onnx or onnx/model.onnx), FOLDER the same on this machine. Behind a proxy, HTTPS_PROXY works with Node 22.21, 24 and later; a mirror or a folder works with every version.`,
  options: { ...installOptions, ...encoderFolderOption, ...commonOptions },
  examples: [
    ['semap encoders install clip --dry-run', 'How large is it?'],
    ['semap encoders install minilm', 'A small sentence encoder.'],
    ['semap encoders install clip --mirror https://hub.example.org', 'From a mirror.'],
    ['semap encoders install ~/clip-vit-base-patch32', 'From a folder.'],
  ],
  async run(context) {
    return installModelByCommand(context, {
      words: 'encoders install',
      example: 'clip',
      ids: KNOWN_ENCODERS.map(({ id }) => id),
      plan: 'planEncoder',
      install: 'installEncoder',
    });
  },
};

export const checkEncoderCommand: Command = {
  name: 'encoders check',
  usage: 'encoders check NAME|FOLDER [--json]',
  summary: 'Load and run a text encoder, and verify its files.',
  text: 'Exits with code 1 if the encoder cannot be used, its files were modified, or "dog" is no closer to "puppy" than to "carburetor".',
  options: { ...encoderFolderOption, ...commonOptions },
  examples: [['semap encoders check clip', 'Does it work?']],
  async run({ args, setup, terminal, signal }) {
    const name = args.only(
      'encoders check takes one name or folder.',
      'For example: semap encoders check clip',
    );
    return withEngine(setup, async (engine) => {
      const check = await engine.call('checkEncoder', { encoder: folderOrName(name) }, { signal });
      terminal.result(args.flag('json'), check, () => checkText(check));
      return check.sensible && (check.damage ?? []).length === 0 ? EXIT.done : EXIT.failed;
    });
  },
};

export const removeEncoderCommand: Command = {
  name: 'encoders remove',
  usage: 'encoders remove NAME',
  summary: 'Delete an installed text encoder.',
  text: 'NAME is in the first column of semap encoders list. Alignments made with the encoder are kept, but their similarities cannot be computed again.',
  options: { ...encoderFolderOption, ...commonOptions },
  examples: [['semap encoders remove Xenova--clip-vit-base-patch32--q8', 'Free its disk space.']],
  async run({ args, setup, terminal, signal }) {
    const name = args.only('encoders remove takes one name.', 'See: semap encoders list');
    return withEngine(setup, async (engine) => {
      await engine.call('removeEncoder', { name }, { signal });
      terminal.err(`Removed ${printable(name)}\n`);
      if (args.flag('json')) terminal.json({ removed: name });
      return EXIT.done;
    });
  },
};

function listOf(entries: readonly EncoderEntry[], width: number): string {
  const columns = ['name', 'kind', 'precision', 'size', 'where'].map((title) => ({ title }));
  const rows = entries.map(({ name, kind, dtype, bytes, folder, problem }) =>
    problem
      ? [name, '-', '-', '-', `${problem.reason}: ${say(problem.message)}`]
      : [name, kind ?? '-', dtype ?? '-', say(fileSize(bytes ?? 0)), folder],
  );
  const installed = rows.length > 0 ? table(columns, rows, width) : 'No text encoders installed.\n';
  const known = KNOWN_ENCODERS.map(({ id, repo, dtype, description }) => [id, repo, dtype, say(description)]);
  const offered = table(
    ['install', 'repository', 'precision', 'what for'].map((title) => ({ title })),
    known,
    width,
  );
  return `${installed}\n${offered}`;
}

function checkText({
  entry,
  sha256,
  dimension,
  milliseconds,
  sensible,
  similarities,
  damage,
}: EncoderCheck): string {
  const rows: [string, string][] = [
    ['name', entry.name],
    ['folder', entry.folder],
    ['kind', `${entry.kind} (${entry.modelType}), ${entry.dtype}`],
    ['dimension', String(dimension)],
    ['sha256', sha256],
    ['runs', `yes, ${(milliseconds / 1000).toFixed(1)} s to load and encode three texts`],
    [
      'sensible',
      `${sensible ? 'yes' : 'no'}: dog is ${similarities.puppy.toFixed(2)} like puppy, ${similarities.carburetor.toFixed(2)} like carburetor`,
    ],
    [
      'files',
      damage === undefined
        ? 'not installed by SeMap'
        : damage.length === 0
          ? 'as installed'
          : say(listed(damage)),
    ],
  ];
  return rows.map(([field, value]) => `${field.padEnd(10)} ${printable(value)}\n`).join('');
}
