import { type FindDifference, findCosts } from '../../src/core/find/findRecord.ts';
import { differenceText, figureTexts, pointNames } from '../../src/core/find/foundTexts.ts';
import { changesOf, changesWords, learnsFrom, learnsFromWords } from '../../src/core/reuse/reuseWords.ts';
import type { FoundPoint } from '../../src/protocol/findView.ts';
import { acting, element, label, linkButton, textButton } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { costWords } from './costAxis.ts';
import { leads, nameOf } from './words.ts';

/** What can be done with a point. */
export interface PointActions {
  keep(point: string): void;
  keepAndClassify(point: string): void;
  openKept(point: string): void;
  showTraining(point: string): void;
  showBackbone(point: string, path: string): void;
}

/** What there is to know of a point besides itself. */
export interface PointContext {
  readonly points: readonly FoundPoint[];
  readonly differences: readonly FindDifference[];
  readonly recommended: string | undefined;
  /** It is still searched. */
  readonly live: boolean;
  /** Id of the point that is being learned again. */
  readonly keeping: string | undefined;
  /** Whether points can be kept now: the engine is not searching. */
  readonly canKeep: boolean;
}

/** One way that was tried, in words, with its buttons. */
export function pointDetails(
  point: FoundPoint,
  { points, differences, recommended, live, keeping, canKeep }: PointContext,
  actions: PointActions,
): HTMLElement[] {
  const { id, way, backbones, cost, problem, note, ended, kept, training } = point;
  const words = costWords();
  const costs = findCosts.flatMap((one) => {
    const value = words[one].of(cost);
    return value === null ? [] : [words[one].long(value)];
  });
  const names = pointNames(points);
  const compared = differences.flatMap((one) => {
    const than = names.get(one.than);
    return one.of === id && than ? [say(differenceText(one, than))] : [];
  });
  const lines = [
    ...figureTexts(point).map(say),
    costs.join(' · '),
    say(learnsFromWords[learnsFrom(way, cost.labels)].meaning),
    ...changesOf(way).map((one) => say(changesWords[one].meaning)),
    ...compared,
    ...(note ? [say(note)] : []),
    ...(ended ? [say(ended)] : []),
    ...(problem ? [say(problem.message), problem.hint ? say(problem.hint) : ''] : []),
  ].filter((line) => line !== '');
  return [
    element(
      'h2',
      {},
      label(nameOf(point)),
      id === recommended ? element('span', { class: 'quiet' }, ` ${leads(live)}`) : undefined,
    ),
    ...lines.map((line) => element('p', {}, label(line, 'sentence'))),
    element(
      'p',
      { class: 'quiet' },
      ...backbones.map((backbone, i) =>
        element(
          'span',
          {},
          i === 0 ? '' : ' · ',
          acting(
            linkButton(
              label(backbone.name),
              () => actions.showBackbone(id, backbone.path),
              'find-backbone',
              t('Show {0} in the Backbones view', backbone.name),
            ),
          ),
        ),
      ),
    ),
    element(
      'div',
      { class: 'buttons' },
      ...(problem
        ? []
        : keepButtons(
            {
              id,
              kept,
              isKeeping: keeping === id,
              canKeep: canKeep && !keeping,
              // Its buttons stand below the sentences already.
              isRecommended: id === recommended,
            },
            actions,
          )),
      training === undefined
        ? undefined
        : textButton(t('Show Training'), () => actions.showTraining(id), {
            secondary: true,
            testId: 'find-training',
          }),
    ),
  ];
}

function keepButtons(
  {
    id,
    kept,
    isKeeping,
    canKeep,
    isRecommended,
  }: {
    readonly id: string;
    readonly kept: string | undefined;
    readonly isKeeping: boolean;
    readonly canKeep: boolean;
    readonly isRecommended: boolean;
  },
  { keep, keepAndClassify, openKept }: PointActions,
): HTMLElement[] {
  if (isKeeping)
    return [
      element('vscode-progress-ring', { 'aria-hidden': 'true' }),
      element('span', { role: 'status' }, t('Learning from all labels...')),
    ];
  if (isRecommended) return [];
  if (kept !== undefined)
    return [
      textButton(t('Open Alignment'), () => openKept(id), { testId: 'find-open', title: kept }),
      acting(
        textButton(t('Classify with This'), () => keepAndClassify(id), {
          secondary: true,
          testId: 'find-classify',
        }),
      ),
    ];
  if (!canKeep) return [];
  return [
    acting(textButton(t('Keep as Alignment'), () => keep(id), { testId: 'find-keep' })),
    acting(
      textButton(t('Keep and Classify'), () => keepAndClassify(id), {
        secondary: true,
        testId: 'find-classify',
      }),
    ),
  ];
}
