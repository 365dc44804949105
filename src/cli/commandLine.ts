import { type ParseArgsConfig, parseArgs } from 'node:util';
import { closestName } from '../core/closestName.ts';

/** An option of a command, as the help shows it. */
export interface Option {
  /** How its value is called in the help; absent for switches. */
  readonly value?: string;
  readonly text: string;
  readonly short?: string;
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
        ...(short === undefined ? {} : { short }),
        ...(multiple === undefined ? {} : { multiple }),
      };
    }
    try {
      const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true });
      return new Arguments(positionals, values);
    } catch (error) {
      throw usageError(error as Error, table);
    }
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

  /** @throws {UsageError} when it is no number */
  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) {
      throw new UsageError(`${written(name)} must be a number, not "${text}".`);
    }
    return value;
  }

  /** @throws {UsageError} when it is no whole number of at least `least` */
  whole(name: string, least: number): number | undefined {
    const value = this.number(name);
    if (value !== undefined && (!Number.isInteger(value) || value < least)) {
      throw new UsageError(`${written(name)} must be a whole number of at least ${least}, not ${value}.`);
    }
    return value;
  }

  /** @throws {UsageError} when it is none of `allowed` */
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = allowed.find((one) => one === text);
    if (found === undefined) {
      const near = closestName(text, allowed);
      throw new UsageError(
        `--${name} must be one of ${allowed.join(', ')}, not "${text}".`,
        near && `Did you mean ${near}?`,
      );
    }
    return found;
  }
}

/** An option as one types it: a single letter has one dash. */
function written(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function usageError(error: Error & { code?: string }, table: OptionTable): UsageError {
  const [, unknown] = /^Unknown option '(-[^']*)'/.exec(error.message) ?? [];
  if (unknown !== undefined) {
    const near = closestName(unknown.replace(/^-+/, ''), Object.keys(table));
    return new UsageError(`There is no option ${unknown} here.`, near && `Did you mean --${near}?`);
  }
  return new UsageError(error.message.split('\n')[0].replace(/\.?$/, '.'));
}
