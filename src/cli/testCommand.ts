import { statSync } from 'node:fs';
import path from 'node:path';
import { readStating, type StatingDocument, testExpectations } from '../capabilities/testExpectations.ts';
import { cancelled, problemOf, SemapError } from '../core/errors.ts';
import { junitOf } from '../core/expectations/junit.ts';
import { statedText } from '../core/expectations/statedExpectations.ts';
import {
  type TestedDocument,
  type TestedExpectation,
  testCounts,
} from '../core/expectations/testedExpectations.ts';
import { breakingText } from '../core/expectations/verdictText.ts';
import { duration } from '../core/text/numbers.ts';
import { phrase, say } from '../core/text/text.ts';
import { alignmentsBelow } from '../files/alignmentsBelow.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { commonOptions } from './options.ts';
import { checkOutput, writeOutput } from './outputFiles.ts';
import { sessionOf } from './session.ts';
import { printable, type Terminal } from './terminal.ts';

/** Images that the report names of an expectation. */
const NAMED = 5;
const ADD = 'Add a list to an alignment: "expectations": ["accuracy >= .8", "recall of cat >= .7"]';

export const testCommand: Command = {
  name: 'test',
  usage: 'test [FOLDER|FILE...] [--junit FILE] [--json]',
  summary: 'Test what alignments promise on their folders of images, for example in CI.',
  text: 'Finds alignment documents (*.semap.json) with expectations in the folders (default: the working directory) and tests each: accuracy >= .8, recall of cat >= 70%, never dog for wolf/12.jpg, at most 5 unread. A document says what it promises in its field "expectations", and names its folders of images in "folders". Outputs are cached: only images that are new go through the backbone. Prints what was found with its 95% interval, and the images that broke an expectation. The exit code is 0 where all hold, 1 where one fails or cannot be tested, and 2 where there is none.',
  options: {
    junit: {
      value: 'FILE',
      text: 'Also write the results as JUnit XML, which GitHub, GitLab and Jenkins read.',
    },
    ...commonOptions,
  },
  examples: [
    ['semap test', 'Everything that alignments in and below the working directory promise.'],
    ['semap test photos.semap.json', 'What one alignment promises.'],
    ['semap test --junit results.xml', 'In CI.'],
  ],
  // What becomes of the rest is the exit code, and in the file.
  outlivesReader: () => true,
  async run({ args, setup, terminal, signal }) {
    const time = new Date().toISOString();
    const junit = args.text('junit');
    checkOutput('junit', junit);
    const files = await documentsOf(args.positionals.length > 0 ? args.positionals : ['.'], signal);
    const named = new Set(args.positionals.map((one) => path.resolve(one)));
    const stating: (StatingDocument | Unreadable)[] = [];
    for (const file of files) {
      const one = await readOne(file);
      if ('problem' in one || one.stated.length > 0) stating.push(one);
      else if (named.has(file)) throw new UsageError(`${shown(file)} states no expectations.`, ADD);
    }
    if (stating.length === 0) throw new UsageError('No alignment states expectations.', ADD);
    return withEngine(setup, async (engine) => {
      const session = sessionOf(engine, terminal, signal);
      const documents: TestedDocument[] = [];
      const asJson = args.flag('json');
      for (const one of stating) {
        const started = performance.now();
        const tested = 'stated' in one ? await testExpectations(one, session) : [];
        terminal.rewrite('');
        const document = {
          file: shown(one.file),
          tested,
          ...('problem' in one && { problem: one.problem }),
          lineOf: 'stated' in one ? one.lineOf : () => undefined,
          seconds: (performance.now() - started) / 1000,
        };
        documents.push(document);
        tellProblems(one.file, document, terminal);
        if (!asJson) terminal.out(documentLines(document).join(''));
      }
      if (junit !== undefined) await writeOutput('junit', junit, junitOf(documents, time));
      terminal.result(asJson, inJson(documents, time), () => summary(documents));
      const { failed, errors } = testCounts(documents);
      return failed + errors > 0 ? EXIT.failed : EXIT.done;
    });
  },
};

/** Tells what was not as promised as problems of the document, at its lines. @param file absolute */
function tellProblems(file: string, { tested, problem, lineOf }: TestedDocument, terminal: Terminal): void {
  const tell = (message: string, line?: number) =>
    terminal.problem({ file, line, severity: 'error', message });
  if (problem) tell(say(problem.message));
  for (const { stated, status, said } of tested)
    if (status !== 'passed') tell(`${say(statedText(stated))}: ${say(said)}`, lineOf(stated));
}

type Unreadable = { readonly file: string; readonly problem: NonNullable<TestedDocument['problem']> };

/** The documents that were named, and those below folders that were, each once. */
async function documentsOf(named: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const one of named) {
    const state = statSync(one, { throwIfNoEntry: false });
    if (!state) throw new SemapError('not-found', phrase('There is no file or folder {0}.', one));
    const file = path.resolve(one);
    const below = state.isDirectory() ? alignmentsBelow(file, signal) : Promise.resolve([file]);
    for (const document of await below.catch(endedBy(signal))) files.add(document);
  }
  return [...files];
}

function endedBy(signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    throw signal.aborted ? cancelled(error) : error;
  };
}

function readOne(file: string): Promise<StatingDocument | Unreadable> {
  return readStating(file).catch((error) => ({ file, problem: problemOf(error) }));
}

/** Relative to the working directory where it is in it, as programs that read JUnit want it. */
function shown(file: string): string {
  const way = path.relative('.', file);
  return way.startsWith('..') || path.isAbsolute(way) ? file : way.split(path.sep).join('/');
}

const MARKS = { passed: 'passed', failed: 'FAILED', error: 'ERROR ' } as const;

function documentLines({ file, tested, problem }: TestedDocument): string[] {
  const lines = [`${printable(file)}\n`];
  if (problem) {
    lines.push(`  ${MARKS.error}  ${printable(say(problem.message))}\n`);
    if (problem.hint) lines.push(`          ${printable(say(problem.hint))}\n`);
  }
  return [...lines, ...tested.flatMap(expectationLines), '\n'];
}

function expectationLines(one: TestedExpectation): string[] {
  const { stated, status, said, hint, verdict, withinChance } = one;
  const { broke = [], brokeCount = 0 } = verdict ?? {};
  const more = brokeCount - NAMED;
  return [
    `  ${MARKS[status]}  ${printable(say(statedText(stated)))}\n`,
    ...[said, ...(hint ? [hint] : [])].map((text) => `          ${printable(say(text))}\n`),
    ...(withinChance && status === 'failed'
      ? ['          The interval includes the bound: chance may have decided.\n']
      : []),
    ...broke.slice(0, NAMED).map((image) => `            ${printable(say(breakingText(image)))}\n`),
    ...(more > 0 ? [`            and ${more} more (--json names up to 1,000)\n`] : []),
  ];
}

function summary(documents: readonly TestedDocument[]): string {
  const { passed, failed, errors } = testCounts(documents);
  const seconds = documents.reduce((sum, one) => sum + one.seconds, 0);
  const counts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(errors > 0 ? [`${errors} could not be tested`] : []),
  ];
  return `${counts.join(', ')} in ${say(duration(seconds))}\n`;
}

function inJson(documents: readonly TestedDocument[], time: string) {
  return {
    time,
    ...testCounts(documents),
    documents: documents.map(({ file, tested, problem, lineOf, seconds }) => ({
      file,
      ...(problem && { error: problem }),
      seconds,
      expectations: tested.map(({ stated, status, said, hint, verdict, withinChance }) => ({
        text: stated.text,
        line: lineOf(stated),
        ...stated.scope,
        status,
        said,
        hint,
        found: verdict?.found,
        interval: verdict?.interval,
        images: verdict?.images,
        withinChance,
        broke: verdict?.broke ?? [],
        brokeCount: verdict?.brokeCount ?? 0,
      })),
    })),
  };
}
