import { SIGNIFICANCE } from '../metrics/significance.ts';
import type { ReuseFigure } from '../reuse/reuse.ts';
import { wayName } from '../reuse/reuseWords.ts';
import { duration, imageCount, shareRange, wholePercent } from '../text/numbers.ts';
import { listed, phrase, plural, type Text } from '../text/text.ts';
import type { Candidate } from './candidate.ts';
import { bestOf, isEligible, plainBest, referenceOf } from './choose.ts';
import type { FindDifference, FindPoint, FindRecord } from './findRecord.ts';
import { labelBudgets } from './findWays.ts';
import { MOST_TAUGHT } from './parts.ts';
import type { SearchPoints } from './points.ts';

/** What a verdict is made of besides the record. */
export interface VerdictContext
  extends Pick<SearchPoints, 'points' | 'differences' | 'recommended' | 'unlabelled'> {
  readonly candidates: readonly Candidate[];
  readonly parts: FindRecord['parts'];
  /** Of the labeled images, how many a person labeled. */
  readonly given: number;
  /** Labeled images in the folders, and all. */
  readonly labelled: number;
  readonly found: number;
  /** Whether what chooses has been decided. */
  readonly decided: boolean;
  /** The budget was used up before everything was tried. */
  readonly outOfTime: boolean;
  /** By how much choosing the best of all made it look better, where that was corrected. */
  readonly bias?: number | undefined;
}

/** What a search found, in plain words: what labels bring, cheapest first, what training adds, what to take, and what limits it. */
export function verdictOf(context: VerdictContext): Text[] {
  const { candidates, parts, decided } = context;
  if (candidates.every(({ problem }) => problem)) return candidates.length > 0 || decided ? [NOTHING] : [];
  if (parts.search === 0) return withoutAnyLabel(context);
  if (!decided) return soFar(context);
  if (candidates.every(({ search }) => !search)) return [NOT_TRIED];
  return [
    ...byLabels(context),
    ...byPrompt(context),
    ...byPair(context),
    ...recommendation(context),
    ...limits(context),
  ];
}

const NOTHING = phrase('None of the backbones can be used.');
const TO_MEASURE = phrase('To measure, and to learn, label some images of each class, then search again.');
const NO_ESTIMATE = phrase(
  'No image has a known label, and no backbone has labels that mean yours, so nothing can be said about accuracy.',
);
const NOT_TRIED = phrase('Nothing was tried before the search ended. Search again with a larger budget.');

function pointOf({ points }: VerdictContext, id: string | undefined): FindPoint | undefined {
  return points.find((point) => point.id === id);
}

const differenceOf = (
  { differences }: VerdictContext,
  of: Candidate | undefined,
  than: Candidate | undefined,
): FindDifference | undefined => differences.find((one) => one.of === of?.id && one.than === than?.id);

/** `61% (55% to 67%)`. */
function share({ value, low, high }: Pick<ReuseFigure, 'value' | 'low' | 'high'>): Text {
  return phrase('{0} ({1} to {2})', wholePercent(value), wholePercent(low), wholePercent(high));
}

function onBackbones({ way, backbones }: Pick<FindPoint, 'way' | 'backbones'>): Text {
  return phrase('{0} on {1}', wayName(way), listed(backbones.map(({ name }) => name)));
}

function soFar(context: VerdictContext): Text[] {
  // What is marked as leading, even where something that takes more is ahead by chance.
  const leader =
    pointOf(context, context.recommended) ??
    context.points.find(({ searched, problem }) => searched !== null && !problem);
  if (!leader || leader.searched === null) return [];
  return [
    phrase(
      'So far {0} would be recommended: {1} on images that take part in choosing. The figure that counts comes at the end.',
      onBackbones(leader),
      wholePercent(leader.searched),
    ),
  ];
}

function withoutAnyLabel(context: VerdictContext): Text[] {
  const best = pointOf(context, context.recommended);
  if (best?.figure?.by !== 'expected') return context.decided ? [NO_ESTIMATE, TO_MEASURE] : [];
  const { value: accuracy, low, high } = best.figure;
  return [
    phrase('With no labels: probably {0}, by {1}.', shareRange({ accuracy, low, high }), onBackbones(best)),
    phrase(
      'No image has a known label, so this is an estimate, and nothing that learns from labels was tried. Settling the folder usually adds a few points.',
    ),
    TO_MEASURE,
  ];
}

function byLabels(context: VerdictContext): Text[] {
  const said: Text[] = [];
  const unlabelled = pointOf(context, context.unlabelled);
  if (unlabelled?.figure) {
    // Where another way without labels is recommended, or is what the frontier begins with, its figure is another, too:
    // labels chose that one, and not this.
    const isAnother = context.points.some(
      ({ id, cost, frontier }) =>
        id !== unlabelled.id &&
        cost.labels === 0 &&
        (id === context.recommended || frontier.includes('labels')),
    );
    const figure = share(unlabelled.figure);
    said.push(
      isAnother
        ? phrase('With no labels: {0}, by {1}.', figure, onBackbones(unlabelled))
        : phrase('With no labels: {0}.', figure),
    );
  }
  for (const budget of labelBudgets) {
    if (budget === 0) continue;
    const point = pointOf(context, plainBest(context.candidates, budget)?.id);
    if (!point?.figure) continue;
    const figure = share(point.figure);
    const { labels } = point.cost;
    if (budget !== 'all') {
      said.push(
        plural(
          budget,
          'With {0} labeled image of each class: {1}.',
          'With {0} labeled images of each class: {1}.',
          figure,
        ),
      );
    } else if (context.given === labels) {
      said.push(
        plural(labels, 'With the {0} label you gave: {1}.', 'With the {0} labels you gave: {1}.', figure),
      );
    } else {
      said.push(plural(labels, 'With {0} labeled image: {1}.', 'With all {0} labeled images: {1}.', figure));
    }
  }
  return said;
}

function byPrompt(context: VerdictContext): Text[] {
  const { candidates } = context;
  const trained = candidates.filter(({ way, search, problem }) => way.prompt && search && !problem);
  const prompt = bestOf(trained, referenceOf(candidates));
  const plain = plainBest(candidates, 'all');
  if (!prompt || !plain) return [];
  const found = differenceOf(context, prompt, plain);
  if (!found) return [];
  const { value, p } = found;
  const name = wayName(plain.way);
  if (value <= 0 && plain.id !== context.recommended)
    return [phrase('A prompt does not beat {0} here ({1} points).', onBackbones(plain), points(value))];
  if (value <= 0)
    return [
      phrase('A prompt does not beat {0} here ({1} points): keep {0}.', onBackbones(plain), points(value)),
    ];
  const added = phrase(
    '{0} of training a prompt adds about {1} points.',
    duration(prompt.cost.seconds ?? 0),
    points(value),
  );
  if (p < SIGNIFICANCE) return [added];
  return [phrase('{0} That may be chance (p = {1}): {2} asks for less.', added, p.toFixed(2), name)];
}

function byPair(context: VerdictContext): Text[] {
  const { candidates } = context;
  const together = candidates.filter(
    ({ budget, backbones, search, problem, way }) =>
      budget === 'all' && backbones.length > 1 && search && !problem && !way.prompt,
  );
  const pair = bestOf(together, referenceOf(candidates));
  const found = differenceOf(context, pair, plainBest(candidates, 'all'));
  if (!pair || !found) return [];
  const names = listed(pair.backbones.map(({ name }) => name));
  if (found.value <= 0) return [phrase('{0} together are no better than one alone.', names)];
  return [
    found.p < SIGNIFICANCE
      ? phrase('{0} together add about {1} points.', names, points(found.value))
      : phrase(
          '{0} together add about {1} points, which may be chance (p = {2}).',
          names,
          points(found.value),
          found.p.toFixed(2),
        ),
  ];
}

const points = (value: number): string => (100 * value).toFixed(Math.abs(value) < 0.095 ? 1 : 0);

function recommendation(context: VerdictContext): Text[] {
  const recommended = pointOf(context, context.recommended);
  if (!recommended?.figure) return [];
  const { candidates } = context;
  const best = pointOf(context, bestOf(candidates.filter(isEligible), referenceOf(candidates))?.id);
  const words = phrase('Recommended: {0}, {1}.', onBackbones(recommended), share(recommended.figure));
  if (!best || best.searched === recommended.searched) return [words];
  return [
    phrase(
      '{0} {1} looked better on the images that chose, but not by more than chance explains, and takes more.',
      words,
      onBackbones(best),
    ),
  ];
}

function limits(context: VerdictContext): Text[] {
  const { parts, labelled, bias, candidates, outOfTime } = context;
  const tried = candidates.filter(({ search }) => search).length;
  const all = parts.search + parts.heldOut;
  const said: Text[] = [];
  if (parts.heldOut > 0) {
    said.push(
      phrase(
        'These figures are of {0} that were held out: they neither taught nor chose anything. {1} others chose among {2} ways. In brackets: 95% intervals.',
        imageCount(parts.heldOut),
        parts.search,
        tried,
      ),
    );
  } else {
    said.push(
      plural(
        parts.search,
        'With {0} labeled image none can be held out: all taught and chose in turn. Figures are lowered by what choosing the best of {1} ways adds ({2} points). In brackets: 95% intervals.',
        'With {0} labeled images none can be held out: all taught and chose in turn. Figures are lowered by what choosing the best of {1} ways adds ({2} points). In brackets: 95% intervals.',
        tried,
        points(Math.max(0, bias ?? 0)),
      ),
    );
  }
  if (labelled > all)
    said.push(
      labelled > MOST_TAUGHT
        ? phrase(
            '{0} of {1} labeled images were looked at; what you keep learns from {2} of them.',
            all,
            labelled,
            MOST_TAUGHT,
          )
        : phrase(
            '{0} of {1} labeled images were looked at; what you keep learns from all of them.',
            all,
            labelled,
          ),
    );
  if (outOfTime)
    said.push(phrase('The time was used up before everything was tried: a longer search may find more.'));
  return said;
}
