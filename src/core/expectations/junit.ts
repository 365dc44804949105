import { say } from '../text/text.ts';
import { xmlText } from '../text/xmlText.ts';
import { statedText } from './statedExpectations.ts';
import { type TestedDocument, type TestedExpectation, testCounts } from './testedExpectations.ts';
import { breakingText } from './verdictText.ts';

/** Images that a failure names; the rest is counted. */
const NAMED = 50;

/**
 * Results as JUnit XML, in English: a suite for each document, a case for each expectation. Written so that Jenkins (its
 * schema knows `testsuites`, `testsuite`, `testcase`, `failure` and `error`), GitLab (`file` of a case) and the actions of
 * GitHub (`file` and `line`) read it.
 * @param time ISO time of the start
 */
export function junitOf(documents: readonly TestedDocument[], time: string): string {
  const { failed, errors } = testCounts(documents);
  const seconds = documents.reduce((sum, one) => sum + one.seconds, 0);
  const tests = documents.reduce((sum, one) => sum + casesOf(one), 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'semap', tests, failures: failed, errors, time: seconds.toFixed(3) })}>`,
    ...documents.flatMap((one) => suiteLines(one, time)),
    '</testsuites>',
    '',
  ].join('\n');
}

function casesOf({ tested, problem }: TestedDocument): number {
  return tested.length + (problem ? 1 : 0);
}

function suiteLines(document: TestedDocument, time: string): string[] {
  const { file, tested, problem, seconds } = document;
  const { failed, errors } = testCounts([document]);
  const about = {
    name: file,
    tests: casesOf(document),
    failures: failed,
    errors,
    skipped: 0,
    time: seconds.toFixed(3),
    // Readers that check the schema take no milliseconds.
    timestamp: time.replace(/\.\d+Z?$|Z$/, ''),
  };
  const unreadable = problem
    ? [
        `    <testcase${attributes({ name: 'alignment document', classname: file, file, time: '0.000' })}>`,
        ...outcomeLines('error', say(problem.message), problem.hint ? [say(problem.hint)] : []),
        '    </testcase>',
      ]
    : [];
  const share = tested.length > 0 ? seconds / tested.length : 0;
  return [
    `  <testsuite${attributes(about)}>`,
    ...unreadable,
    ...tested.flatMap((one) => caseLines(one, document, share)),
    '  </testsuite>',
  ];
}

function caseLines(one: TestedExpectation, { file, lineOf }: TestedDocument, seconds: number): string[] {
  const { stated, status, said, hint } = one;
  const name = say(statedText(stated));
  const about = { name, classname: file, file, line: lineOf(stated), time: seconds.toFixed(3) };
  if (status === 'passed') return [`    <testcase${attributes(about)}/>`];
  const more = [...(hint ? [say(hint)] : []), ...brokeLines(one)];
  return [
    `    <testcase${attributes(about)}>`,
    ...outcomeLines(status === 'failed' ? 'failure' : 'error', say(said), more),
    '    </testcase>',
  ];
}

/** The images that broke it, a line each. */
function brokeLines({ verdict, withinChance }: TestedExpectation): string[] {
  const { broke = [], brokeCount = 0 } = verdict ?? {};
  const lines = broke.slice(0, NAMED).map((image) => say(breakingText(image)));
  if (brokeCount > NAMED) lines.push(`and ${brokeCount - NAMED} more`);
  return withinChance ? ['The interval includes the bound: chance may have decided.', ...lines] : lines;
}

function outcomeLines(tag: 'failure' | 'error', message: string, more: readonly string[]): string[] {
  const type = tag === 'failure' ? 'expectation' : 'not-tested';
  const text = [message, ...more].map((line) => xmlText(line)).join('\n');
  return [`      <${tag}${attributes({ message, type })}>${text}</${tag}>`];
}

function attributes(all: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${xmlText(String(value))}"`)
    .join('');
}
