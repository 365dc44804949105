/** What in the window the command line is started with. */
interface CommandLineParts {
  /** Its bundle. */
  readonly file: string;
  /** Options that are settings here. */
  readonly args: () => readonly string[];
  readonly env: () => Readonly<Record<string, string>>;
}

/** How a program is started. */
export interface Started {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

/** The command line `semap` as VS Code starts it: by its own program, which is Node when it is told to be. */
export class CommandLine {
  readonly #parts: CommandLineParts;

  constructor(parts: CommandLineParts) {
    this.#parts = parts;
  }

  /** @param words the command and its options; what the settings of the window say stands before them */
  start([command, ...words]: readonly string[]): Started {
    const { file, args, env } = this.#parts;
    return {
      command: process.execPath,
      args: [file, command, ...args(), ...words],
      env: { ...env(), ELECTRON_RUN_AS_NODE: '1' },
    };
  }
}
