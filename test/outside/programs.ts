import { spawnSync } from 'node:child_process';
import { findProgram, installDebianPackages } from '../../scripts/debian.ts';
import { ensureChrome } from '../../scripts/vscode/browser.ts';

/** Programs that a test starts, and the Debian packages that have them. */
interface Wanted {
  readonly programs: readonly string[];
  readonly packages: readonly string[];
  /** Modules of Debian's own Python that it imports. */
  readonly python?: readonly string[];
  /** Used where it is, and not installed: it brings too much. */
  readonly isLarge?: true;
}

/** What stands in for this machine in tests of this. */
export interface Machine {
  readonly has: (program: string) => boolean;
  readonly imports: (module: string) => boolean;
  readonly install: (packages: readonly string[], log: (line: string) => void) => boolean;
}

/** Debian's Python, which has what Debian's packages bring; one of another origin knows nothing of them. */
export const DEBIAN_PYTHON = '/usr/bin/python3';

const HERE: Machine = {
  has: (program) => findProgram(program) !== undefined,
  imports: (module) => spawnSync(DEBIAN_PYTHON, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0,
  install: installDebianPackages,
};

/**
 * Sees to it that programs are there, and installs their packages where this is root on Debian. For `skip` of a test:
 * `test('...', { skip: lacking({ programs: ['exiftool'], packages: ['libimage-exiftool-perl'] }) }, ...)`.
 * @returns why a test has to be skipped, or false
 */
export function lacking(
  { programs, packages, python = [], isLarge }: Wanted,
  machine: Machine = HERE,
  log: (line: string) => void = console.log,
): string | false {
  const missing = () => [
    ...programs.filter((program) => !machine.has(program)),
    ...python.filter((module) => !machine.imports(module)).map((module) => `Python's ${module}`),
  ];
  const before = missing();
  if (before.length === 0) return false;
  if (isLarge || !machine.install(packages, log)) {
    return `${before.join(', ')} not found. On Debian, install ${packages.join(', ')}.`;
  }
  const after = missing();
  return (
    after.length > 0 && `${after.join(', ')} not found, and ${packages.join(', ')} could not be installed.`
  );
}

/** The same for Chrome, which tests in VS Code need too. */
export function lackingChrome(): string | false {
  try {
    ensureChrome();
    return false;
  } catch (error) {
    return (error as Error).message;
  }
}
