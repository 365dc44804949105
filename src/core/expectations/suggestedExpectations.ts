import { type Expectation, labelFigures, overallFigures } from './expectation.ts';
import { type JudgedImage, type JudgedImages, judge, type Verdict } from './judge.ts';

/** An expectation to add, with what is found of it now. */
export interface SuggestedExpectation {
  readonly expectation: Expectation;
  readonly verdict: Verdict;
}

/** What of some images a person looks at. */
export interface SuggestionAbout {
  readonly label?: string | undefined;
  /** Its name, as {@link JudgedImage} has it. */
  readonly image?: string | undefined;
}

/**
 * What may be promised of answers as they are: first what the person looks at, then what is about all images. Shares are
 * bounded by the lower end of their interval, since a bound that today's figure just meets fails sooner or later; what
 * the images do not tell is left out.
 */
export function suggestedExpectations(
  judged: JudgedImages,
  { label, image }: SuggestionAbout = {},
): readonly SuggestedExpectation[] {
  return [
    ...(image === undefined ? [] : ofImage(image, judged)),
    ...(label === undefined ? [] : ofLabel(label, judged)),
    ...overallFigures.flatMap((figure) =>
      ofShare((bound) => ({ kind: 'share', figure, comparison: '>=', bound }), judged),
    ),
    ...ofCounts(judged),
  ];
}

/** The same of one label. */
export function ofLabel(label: string, judged: JudgedImages): readonly SuggestedExpectation[] {
  return labelFigures.flatMap((figure) =>
    ofShare(
      (bound) => ({ kind: 'label', figure, label, comparison: figure === 'share' ? '<=' : '>=', bound }),
      judged,
    ),
  );
}

/** At most as many files that cannot be read, and images without an answer, as there are; as many known labels as there are. */
function ofCounts(judged: JudgedImages): readonly SuggestedExpectation[] {
  const asked = [
    ['at most', 'unread'],
    ['at most', 'undecided'],
    ['at least', 'measured'],
  ] as const;
  return asked.flatMap(([limit, counted]) => {
    const of = (count: number): Expectation => ({ kind: 'count', limit, count, counted });
    const now = judge(of(0), judged);
    if (now.status === 'undecidable' || (counted === 'measured' && now.found === 0)) return [];
    return [suggested(of(now.found), judged)];
  });
}

/** An image that is answered rightly, or of which nothing is known, stays so; one that is not never gets its wrong answer. */
function ofImage(name: string, judged: JudgedImages): readonly SuggestedExpectation[] {
  const image = judged.images.find((one) => one.name === name);
  // One named so is all images below a folder of that name.
  if (!image || name.endsWith('/')) return [];
  const of = (must: 'always' | 'never', target: number): readonly SuggestedExpectation[] => {
    const label = judged.labels[target];
    return label === undefined ? [] : [suggested({ kind: 'image', must, label, path: name }, judged)];
  };
  return isWrong(image)
    ? [...of('never', image.target), ...of('always', image.truth)]
    : [...of('always', image.target), ...of('never', image.target)];
}

function isWrong({ target, truth }: JudgedImage): boolean {
  return truth >= 0 && truth !== target;
}

/** With a bound in whole percent that holds as long as the figure stays in its interval; nothing where none is known. */
function ofShare(
  of: (bound: number) => Extract<Expectation, { kind: 'share' | 'label' }>,
  judged: JudgedImages,
): readonly SuggestedExpectation[] {
  const now = judge(of(0), judged);
  if (now.status === 'undecidable' || !now.interval) return [];
  const { low, high } = now.interval;
  const isFloor = of(0).comparison === '>=';
  return [suggested(of(isFloor ? Math.floor(100 * low) / 100 : Math.ceil(100 * high) / 100), judged)];
}

function suggested(expectation: Expectation, judged: JudgedImages): SuggestedExpectation {
  return { expectation, verdict: judge(expectation, judged) };
}
