import type { SemapError } from '../core/errors.ts';
import { SHARD_EXIT } from '../core/jobs/recipes/recipe.ts';
import type { Arguments, OptionTable } from './commandLine.ts';
import type { EngineSetup } from './engineSetup.ts';
import { commonOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

/** What a command is given. Everything that its options say is checked before `withEngine(setup, ...)`. */
export interface CommandContext {
  /** What was typed after `semap`. */
  readonly argv: readonly string[];
  readonly args: Arguments;
  /** What the common options say. */
  readonly setup: EngineSetup;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Of SeMap. */
  readonly version: string;
}

/** A command: its help, and what it does. */
export interface Command {
  /** `align`, `backbones list`. */
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly text: string;
  readonly options: OptionTable;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Makes the folders of backbones or encoders that options name. */
  readonly installs?: true;
  /** Whether it does more than it prints: then it goes on, and ends as it would, where nobody reads that any more. */
  readonly outlivesReader?: (args: Arguments) => boolean;
  /** The exit code of a failure; absent: 1. */
  readonly failed?: (error: SemapError) => number;
  /** @returns the exit code */
  run(context: CommandContext): Promise<number>;
}

/** `again` and `never` tell an engine that runs shards whether to try once more; {@link SHARD_EXIT} has them for its scripts. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  never: SHARD_EXIT.never,
  again: SHARD_EXIT.tryAgain,
  cancelled: 130,
} as const;

const WIDTH = 100;

/** The help of one command: examples before options. */
export function commandHelp(command: Command): string {
  const own = Object.entries(command.options).filter(([name]) => !Object.hasOwn(commonOptions, name));
  return [
    `semap ${command.usage}`,
    '',
    ...wrap(command.text, 0),
    '',
    'Examples',
    ...command.examples.flatMap(([line, meaning]) => [`  ${line}`, ...wrap(meaning, 6)]),
    '',
    ...(own.length > 0 ? ['Options', ...optionLines(Object.fromEntries(own)), ''] : []),
    'Common options',
    ...optionLines(commonOptions),
    '',
  ].join('\n');
}

/** The help of `semap` itself. */
export function generalHelp(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return [
    `semap ${version}: reuse image classifiers that somebody else trained, on this machine.`,
    '',
    ...wrap(
      'A backbone is an ONNX classifier with its own labels. SeMap aligns them with yours by meaning and classifies your images zero-shot, without training or uploading anything.',
      0,
    ),
    '',
    'Get started',
    '  semap align --labels cat,dog,bird',
    '      Which labels of the starter backbone mean cat, dog and bird?',
    '  semap classify photos/',
    '      Classify the images of a folder. Its class folders are the labels and give the accuracy.',
    '',
    'Commands',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    'semap COMMAND --help explains a command, with examples.',
    'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 canceled.',
    '',
  ].join('\n');
}

function optionLines(options: OptionTable): string[] {
  const heads = Object.entries(options).map(([name, { short, value }]) => {
    // A single letter is written with one dash only.
    const long = name.length === 1 ? `-${name}` : `${short ? `-${short}, ` : ''}--${name}`;
    return `  ${long}${value ? ` ${value}` : ''}`;
  });
  const width = Math.min(30, Math.max(...heads.map((head) => head.length)) + 2);
  return Object.values(options).flatMap(({ text }, i) => {
    const [first, ...rest] = wrap(text, width);
    const head = heads[i];
    return head.length + 1 < width
      ? [head.padEnd(width) + first.trimStart(), ...rest]
      : [head, first, ...rest];
  });
}

function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
        lines.push(' '.repeat(indent) + line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(' '.repeat(indent) + line);
  }
  return lines;
}
