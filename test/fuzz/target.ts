import assert from 'node:assert/strict';
import { type Reason, SemapError } from '../../src/core/errors.ts';
import type { Random } from '../unit/core/onnx/random.ts';

/** Something that reads what others made, and what it must not do whatever it is given. */
export interface FuzzTarget {
  readonly name: string;
  /** By how much one input may make the process grow, in MB. */
  readonly megabytes: number;
  /** Starts what an input needs, before its time counts. */
  ready?(): Promise<unknown>;
  /** A hostile input; the same numbers give the same one. */
  make(random: Random): Uint8Array | Promise<Uint8Array>;
  /** Reads an input. Rejects where a promise of the product is broken; a refusal is none. */
  check(input: Uint8Array): Promise<void>;
  /** Releases what the target holds. */
  dispose?(): void | Promise<void>;
}

/** Longer texts are not read by anybody. */
const LONGEST_MESSAGE = 2000;
/** The sources of this project or of a library, or a stack: nothing a person can do anything with. */
const INTERNALS = /(?:node_modules|\/src\/|\\src\\|onnxruntime\/core|\.(?:ts|cc|cpp|cjs|mjs):\d+|^\s+at )/m;

/** What `work` gives, or undefined where it refused as it should. */
export async function orRefusal<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    mustBeRefusal(error);
    return undefined;
  }
}

/** An error is a refusal when its reason is an expected one and its text is for people. */
function mustBeRefusal(error: unknown): void {
  assert.ok(error instanceof SemapError, `no SemapError but ${(error as Error)?.stack ?? error}`);
  const { reason, message } = error;
  const hint = error.hint ?? '';
  assert.notEqual(reason satisfies Reason, 'internal', `an internal error: ${error.stack}`);
  for (const text of [message, hint]) {
    assert.ok(text.length <= LONGEST_MESSAGE, `a text of ${text.length} characters: ${text.slice(0, 200)}`);
    assert.doesNotMatch(text, INTERNALS);
  }
}

/** Every number below a value is finite. */
export function mustBeFinite(value: unknown, where = 'result'): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value), `${where} is ${value}`);
  else if (ArrayBuffer.isView(value)) {
    assert.ok(
      (value as unknown as Float32Array).every(Number.isFinite),
      `${where} holds numbers that are none`,
    );
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) mustBeFinite(one, `${where}.${key}`);
  }
}
