import * as z from 'zod';
import { SemapError } from '../core/errors.ts';
import { phrase, type Text, verbatim } from '../core/text/text.ts';
import type { WithPictures } from './picture.ts';
import type { AgentSession } from './session.ts';

/** What a capability changes that somebody would miss: nothing but caches, runs, given labels, documents or other files. */
export type Changes = 'nothing' | 'runs' | 'labels' | 'documents' | 'files';

type Fields = z.ZodObject<z.ZodRawShape>;

/**
 * Something that SeMap can do, as agents ask for it: described for a model, with schemas of what it takes and gives. What
 * it does stands in a function with typed parameters, which the command line, or the palette, calls as well.
 */
export interface Tool<Input extends Fields = Fields, Output extends Fields = Fields> {
  readonly name: string;
  /** For people: `Classify Images`. */
  readonly title: Text;
  /** For models, in English: what it does, when to use it, what it does not do. */
  readonly description: string;
  /** At most. */
  readonly changes: Changes;
  /** Where that depends on what is asked. */
  readonly changesBy?: ((input: z.output<Input>) => Changes) | undefined;
  /** It may take more than a few seconds. */
  readonly long?: true;
  /** Its result has pictures of images: a person is asked each time, wherever that is possible. */
  readonly shows?: true;
  readonly input: Input;
  readonly output: Output;
  /** What it is doing, for the one who waits: `Classifying photos`. */
  readonly doing: (input: z.output<Input>) => Text;
  /**
   * What a person is asked before: what is written where, what takes long, which images a model gets to see. Undefined
   * where nothing need be asked.
   */
  readonly consent?: ((input: z.output<Input>) => Text | undefined) | undefined;
  /** @throws {SemapError} */
  readonly use: (
    input: z.output<Input>,
    session: AgentSession,
  ) => Promise<z.output<Output> | WithPictures<z.output<Output>>>;
}

/** A tool whose schemas nobody need know. */
export interface AnyTool extends Omit<Tool, 'changesBy' | 'doing' | 'consent' | 'use'> {
  /**
   * Checks what an agent gave.
   * @throws {SemapError} `invalid-argument`
   */
  readonly asked: (input: unknown) => AskedTool;
}

/** A tool with input that was checked. */
export interface AskedTool {
  readonly changes: Changes;
  readonly doing: Text;
  readonly consent: Text | undefined;
  readonly shows: boolean;
  /** @throws {SemapError} */
  readonly use: (session: AgentSession) => Promise<object>;
}

/** A tool, checked by the compiler and ready for a table of tools. */
export function tool<Input extends Fields, Output extends Fields>(one: Tool<Input, Output>): AnyTool {
  const { changesBy, doing, consent, use, ...rest } = one;
  return {
    ...rest,
    asked: (given) => {
      const parsed = one.input.strict().safeParse(given ?? {});
      if (!parsed.success) throw badInput(parsed.error);
      const input = parsed.data as z.output<Input>;
      return {
        changes: changesBy?.(input) ?? one.changes,
        doing: doing(input),
        consent: consent?.(input),
        shows: one.shows === true,
        use: (session) => use(input, session),
      };
    },
  };
}

/** The first thing that is wrong: `folder: Invalid input: expected string, received number`. */
function badInput({ issues: [first] }: z.ZodError): SemapError {
  const at = first.path.map(String).join('.');
  return new SemapError(
    'invalid-argument',
    at === '' ? verbatim(first.message) : phrase('{0}: {1}', at, first.message),
  );
}

/** What results have beside what a tool tells: see `agentDoor.ts`. */
const NOTES = z.array(z.string()).optional().describe('What else to know; tell the person what matters.');

/** A schema as agents get it: JSON Schema of draft 7, which all of them read. */
export function jsonSchema(schema: Fields, io: 'input' | 'output'): Readonly<Record<string, unknown>> {
  const whole = io === 'output' ? schema.extend({ notes: NOTES }) : schema;
  const { $schema: _, ...json } = z.toJSONSchema(whole, { target: 'draft-7', io });
  return json;
}
