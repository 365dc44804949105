import type { Arguments } from './commandLine.ts';
import type { EngineSetup } from './engineSetup.ts';
import type { CommandHelp } from './help.ts';
import type { Terminal } from './terminal.ts';

/** What a command is given. Everything that its options say is checked before `withEngine(setup, ...)`. */
export interface CommandContext {
  readonly args: Arguments;
  /** What the common options say. */
  readonly setup: EngineSetup;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A command: its help, and what it does. Resolves with the exit code. */
export interface Command extends CommandHelp {
  /** Makes the folders of backbones or encoders that options name. */
  readonly installs?: true;
  run(context: CommandContext): Promise<number>;
}

export const EXIT = { done: 0, failed: 1, usage: 2, cancelled: 130 } as const;
