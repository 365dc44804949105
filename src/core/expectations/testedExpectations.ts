import type { Problem } from '../errors.ts';
import type { Text } from '../text/text.ts';
import type { Verdict } from './judge.ts';
import type { StatedExpectation } from './statedExpectations.ts';

/** An expectation with what came of it. */
export interface TestedExpectation {
  readonly stated: StatedExpectation;
  /** `error`: it could not be tested, which is no success. */
  readonly status: 'passed' | 'failed' | 'error';
  /** What was found, or why nothing was: a sentence. */
  readonly said: Text;
  readonly hint?: Text | undefined;
  readonly verdict?: Exclude<Verdict, { status: 'undecidable' }> | undefined;
  /** The interval holds the bound: chance may have decided. */
  readonly withinChance: boolean;
}

/** A document with what came of what it expects. */
export interface TestedDocument {
  /** As people know it: relative where it can be, with `/`. */
  readonly file: string;
  readonly tested: readonly TestedExpectation[];
  /** Why the document could not be read. */
  readonly problem?: Problem | undefined;
  /** 1-based line of an expectation in the document. */
  readonly lineOf: (stated: StatedExpectation) => number | undefined;
  readonly seconds: number;
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** Those that could not be tested, documents that cannot be read among them. */
  readonly errors: number;
}

export function testCounts(documents: readonly Pick<TestedDocument, 'tested' | 'problem'>[]): TestCounts {
  const tested = documents.flatMap((one) => one.tested);
  const of = (wanted: TestedExpectation['status']) => tested.filter(({ status }) => status === wanted).length;
  const unreadable = documents.filter(({ problem }) => problem !== undefined).length;
  return { passed: of('passed'), failed: of('failed'), errors: of('error') + unreadable };
}
