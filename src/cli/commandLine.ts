import { type ParseArgsConfig, parseArgs } from 'node:util';
import { closestName } from '../core/text/closestName.ts';

/** An option of a command, as the help shows it. */
export interface Option {
  /** How its value is called in the help; absent for switches. */
  readonly value?: string;
  readonly text: string;
  readonly short?: string;
  /** Its value where none is given; then only a number after it is taken for its value. */
  readonly otherwise?: string;
  /** May be given several times. */
  readonly multiple?: true;
}

export type OptionTable = Readonly<Record<string, Option>>;

/** A mistake in how a command was called; ends with exit code 2. */
export class UsageError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Options of before, and what takes their place. */
const GONE: Readonly<Record<string, string>> = {
  'prior-matching':
    '--settle --balanced takes its place: the same promise, used where the images are settled together.',
};

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** The arguments of one command. */
export class Arguments {
  readonly positionals: readonly string[];
  readonly #values: Values;

  private constructor(positionals: readonly string[], values: Values) {
    this.positionals = positionals;
    this.#values = values;
  }

  /** @throws {UsageError} for an option that does not exist or lacks its value */
  static parse(args: readonly string[], table: OptionTable): Arguments {
    const options: ParseArgsConfig['options'] = {};
    for (const [name, { value, short, multiple }] of Object.entries(table)) {
      options[name] = {
        type: value === undefined ? 'boolean' : 'string',
        ...(short && { short }),
        ...(multiple && { multiple }),
      };
    }
    try {
      const { positionals, values } = parseArgs({
        args: withNegativeValues(withOtherValues(args, table), table),
        options,
        allowPositionals: true,
      });
      const empty = Object.entries(values).find(([, value]) => [value].flat().includes(''));
      if (empty) throw new UsageError(`${written(empty[0])} needs a value.`);
      if (positionals.includes('')) throw new UsageError('A name is empty.');
      return new Arguments(positionals, values);
    } catch (error) {
      throw error instanceof UsageError ? error : usageError(error as Error, table);
    }
  }

  /** The name that a command takes. @throws {UsageError} for none or several */
  only(problem: string, hint: string): string {
    const [name, ...more] = this.positionals;
    if (name === undefined || more.length > 0) throw new UsageError(problem, hint);
    return name;
  }

  /** @throws {UsageError} for a name where a command takes none */
  none(problem: string, hint?: string): void {
    if (this.positionals.length > 0) throw new UsageError(problem, hint);
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** @throws {UsageError} when it is no number of the range */
  number(name: string, range: Range = {}): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = DECIMAL.test(text.trim()) ? Number(text) : Number.NaN;
    const { above = Number.NEGATIVE_INFINITY, least = Number.NEGATIVE_INFINITY } = range;
    const { most = Number.MAX_VALUE, below = Number.POSITIVE_INFINITY } = range;
    if (!(value > above && value >= least && value <= most && value < below)) {
      throw new UsageError(`${written(name)} must be a number${rangeText(range)}, not "${text}".`);
    }
    return value;
  }

  /** @throws {UsageError} when it is no whole number of the range */
  whole(name: string, least: number, most = LARGEST_COUNT): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = DECIMAL.test(text.trim()) ? Number(text) : Number.NaN;
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new UsageError(
        `${written(name)} must be a whole number from ${least} to ${most.toLocaleString('en')}, not "${text}".`,
      );
    }
    return value;
  }

  /**
   * @param meant what other words for a value are, such as `gpu`
   * @throws {UsageError} when it is none of `allowed`
   */
  oneOf<T extends string>(
    name: string,
    allowed: readonly T[],
    meant: (text: string) => string | undefined = () => undefined,
  ): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = allowed.find((one) => one === text);
    if (found === undefined) {
      const near = closestName(text, allowed);
      throw new UsageError(
        `${written(name)} must be one of ${allowed.join(', ')}, not "${text}".`,
        meant(text.toLowerCase()) ?? (near && `Did you mean ${near}?`),
      );
    }
    return found;
  }
}

/** The values that a number option takes. */
interface Range {
  readonly least?: number;
  readonly most?: number;
  readonly above?: number;
  readonly below?: number;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** The most that an option which counts something takes, where nothing says otherwise. */
const LARGEST_COUNT = 1_000_000;

function rangeText({ least, most, above, below }: Range): string {
  const shown = (value: number) => value.toLocaleString('en');
  if (least !== undefined && most !== undefined) return ` from ${shown(least)} to ${shown(most)}`;
  const limits = { above, 'of at least': least, below, 'of at most': most };
  const parts = Object.entries(limits)
    .filter(([, limit]) => limit !== undefined)
    .map(([words, limit]) => `${words} ${shown(limit!)}`);
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}

/** An option as one types it: a single letter has one dash. */
export function written(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** An option that may be given without its value has it from then on. */
function withOtherValues(args: readonly string[], table: OptionTable): string[] {
  const end = args.indexOf('--');
  return args.map((arg, i) => {
    const [, option] = (end < 0 || i < end ? optionNamed(arg, table) : undefined) ?? [];
    if (option?.otherwise === undefined || /^[+-]?\.?\d/.test(args[i + 1] ?? '')) return arg;
    return `${arg}=${option.otherwise}`;
  });
}

/** A negative number after an option is its value, and out of its range; to the parser it looks like an option. */
function withNegativeValues(args: readonly string[], table: OptionTable): string[] {
  const joined: string[] = [];
  for (const [i, arg] of args.entries()) {
    if (arg === '--') return [...joined, ...args.slice(i)];
    const option = joined.at(-1) ?? '';
    const [name] = optionNamed(option, table) ?? [];
    if (/^-\.?\d/.test(arg) && name !== undefined && table[name].value !== undefined) {
      joined[joined.length - 1] = `--${name}=${arg}`;
    } else joined.push(arg);
  }
  return joined;
}

/** The option that an argument such as `--threads` or `-b` names, without a value. */
function optionNamed(arg: string, table: OptionTable): [string, Option] | undefined {
  return Object.entries(table).find(([name, { short }]) => arg === `--${name}` || arg === `-${short}`);
}

function usageError(error: Error & { code?: string }, table: OptionTable): UsageError {
  const [, unknown] = /^Unknown option '(-[^']*)'/.exec(error.message) ?? [];
  if (unknown !== undefined) {
    const instead = GONE[unknown.replace(/^-+/, '')];
    if (instead !== undefined) return new UsageError(`There is no ${unknown} any more.`, instead);
    const near = closestName(unknown.replace(/^-+/, ''), Object.keys(table));
    return new UsageError(`Unknown option ${unknown}.`, near && `Did you mean ${written(near)}?`);
  }
  const [, name] = /^Option '(?:-\w, )?--?([\w-]+)/.exec(error.message) ?? [];
  if (name === undefined) return new UsageError(error.message.split('\n')[0].replace(/\.?$/, '.'));
  if (error.message.includes('does not take an argument'))
    return new UsageError(`${written(name)} takes no value.`);
  const value = table[name]?.value ?? 'VALUE';
  return new UsageError(
    `${written(name)} needs a value: ${written(name)} ${value}.`,
    error.message.includes('ambiguous') ? `If the value begins with a dash, write --${name}=-...` : undefined,
  );
}
