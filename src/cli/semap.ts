import { toSemapError } from '../core/errors.ts';
import { closestName } from '../core/text/closestName.ts';
import { shorten } from '../core/text/text.ts';
import { addBackboneCommand } from './addBackboneCommand.ts';
import { alignCommand } from './alignCommand.ts';
import {
  checkBackboneCommand,
  describeBackboneCommand,
  knownBackbonesCommand,
  listBackbonesCommand,
  removeBackboneCommand,
} from './backboneCommands.ts';
import { checkEngineCommand } from './checkCommand.ts';
import { classifyCommand } from './classifyCommand.ts';
import { type Command, commandHelp, EXIT, generalHelp } from './command.ts';
import { Arguments, UsageError } from './commandLine.ts';
import { compareCommand } from './compareCommand.ts';
import {
  checkEncoderCommand,
  installEncoderCommand,
  listEncodersCommand,
  removeEncoderCommand,
} from './encoderCommands.ts';
import { engineSetup } from './engineSetup.ts';
import { exportCommand } from './exportCommand.ts';
import { findCommand } from './findCommand.ts';
import { gradientCommand } from './gradientCommand.ts';
import { importLabelsCommand } from './importLabelsCommand.ts';
import { labelCommand } from './labelCommand.ts';
import { labelsCommand } from './labelsCommand.ts';
import { learnCommand } from './learnCommand.ts';
import { mcpCommand } from './mcpCommand.ts';
import { mergeCommand } from './mergeCommand.ts';
import { planCommand } from './planCommand.ts';
import { rankCommand } from './rankCommand.ts';
import { runShardCommand } from './runShardCommand.ts';
import { printable, Terminal, type TerminalStreams } from './terminal.ts';
import { testCommand } from './testCommand.ts';
import { trainCommand } from './trainCommand.ts';
import { undoCommand } from './undoCommand.ts';

/** Every command. */
export const COMMANDS: readonly Command[] = [
  alignCommand,
  classifyCommand,
  labelCommand,
  labelsCommand,
  planCommand,
  runShardCommand,
  mergeCommand,
  importLabelsCommand,
  learnCommand,
  compareCommand,
  rankCommand,
  findCommand,
  trainCommand,
  testCommand,
  exportCommand,
  undoCommand,
  listBackbonesCommand,
  describeBackboneCommand,
  checkBackboneCommand,
  knownBackbonesCommand,
  addBackboneCommand,
  removeBackboneCommand,
  checkEngineCommand,
  gradientCommand,
  listEncodersCommand,
  installEncoderCommand,
  checkEncoderCommand,
  removeEncoderCommand,
  mcpCommand,
];

interface Invocation {
  readonly argv: readonly string[];
  readonly terminal: TerminalStreams;
  readonly signal: AbortSignal;
  readonly version: string;
}

/** Runs one command line. @returns the exit code */
export async function semap({ argv, terminal: streams, signal, version }: Invocation): Promise<number> {
  const terminal = new Terminal(streams);
  const asJson = beforeNames(argv).includes('--json');
  let failed: Command['failed'];
  try {
    const found = commandIn(argv);
    if (found === 'help') {
      terminal.out(generalHelp(COMMANDS, version));
      return EXIT.done;
    }
    if (found === 'version') {
      terminal.out(`${version}\n`);
      return EXIT.done;
    }
    const { command, rest } = found;
    failed = command.failed;
    if (beforeNames(rest).some((arg) => arg === '--help' || arg === '-h')) {
      terminal.out(commandHelp(command));
      return EXIT.done;
    }
    const args = Arguments.parse(rest, command.options);
    terminal.tellsProblems = args.flag('problems');
    if (command.outlivesReader?.(args)) streams.outliveReader?.();
    const setup = await engineSetup(args, command.installs === true);
    return await command.run({ argv, args, setup, terminal, signal, version });
  } catch (error) {
    return fail(error, terminal, asJson, signal, failed);
  }
}

/** The arguments before `--`, after which everything is a name. */
function beforeNames(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end < 0 ? args : args.slice(0, end);
}

function commandIn(
  argv: readonly string[],
): { command: Command; rest: readonly string[] } | 'help' | 'version' {
  const [first, second] = argv;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const named = COMMANDS.find(({ name }) => name === argv.slice(1).join(' ').trim());
    return first === 'help' && named ? { command: named, rest: ['--help'] } : 'help';
  }
  if (first === '--version' || first === '-v') return 'version';
  for (const words of [2, 1]) {
    const command = COMMANDS.find(({ name }) => name === argv.slice(0, words).join(' '));
    if (command) return { command, rest: argv.slice(words) };
  }
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length > 0) {
    const verbs = group.map(({ name }) => name.split(' ')[1]);
    if (second === undefined || second.startsWith('-')) {
      if (second === '--help' || second === '-h') return 'help';
      throw new UsageError(`${first} needs a command: semap ${first} ${verbs.join(' | ')}.`);
    }
    const near = closestName(second, verbs);
    throw new UsageError(
      `Unknown command "semap ${first} ${second}".`,
      near ? `Did you mean "semap ${first} ${near}"?` : `Available: ${verbs.join(', ')}.`,
    );
  }
  const names = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0]))];
  const near = closestName(first, names);
  throw new UsageError(
    `Unknown command "${first}".`,
    near ? `Did you mean "semap ${near}"?` : `Available: ${names.join(', ')}. See semap --help.`,
  );
}

/** A message that quotes a label of a megabyte keeps its beginning and its end. */
const MESSAGE_LIMIT = 2000;

function fail(
  error: unknown,
  terminal: Terminal,
  asJson: boolean,
  signal: AbortSignal,
  failed: Command['failed'] = () => EXIT.failed,
): number {
  const isUsage = error instanceof UsageError;
  const { reason, message, hint } = isUsage
    ? { reason: 'invalid-argument', message: error.message, hint: error.hint }
    : toSemapError(error);
  if (reason === 'cancelled' || (signal.aborted && reason === 'engine-stopped')) {
    terminal.err('Canceled.\n');
    return EXIT.cancelled;
  }
  if (asJson) terminal.json({ ...terminal.besideError, error: { reason, message, hint } });
  terminal.err(`semap: ${printable(shorten(message, MESSAGE_LIMIT))}\n`);
  if (hint) terminal.err(`  ${printable(shorten(hint, MESSAGE_LIMIT))}\n`);
  return isUsage ? EXIT.usage : failed(toSemapError(error));
}
