import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Prediction } from '../../../../src/core/evidence/imageScorer.ts';
import { GIVEN } from '../../../../src/core/truths/imageTruths.ts';
import { Answers } from '../../../../src/host/results/answers.ts';
import { PredictionList } from '../../../../src/host/results/predictionList.ts';

const prediction = (target: number, confidence: number): Prediction => ({
  path: `/photos/${target}.jpg`,
  target,
  confidence,
  truth: 1,
  fired: [],
});

function answersTo(...predictions: readonly Prediction[]) {
  const list = new PredictionList();
  for (const one of predictions) list.push(one);
  return { list, answers: new Answers(list) };
}

const settled = (...targets: readonly number[]) => ({
  targets: Int32Array.from(targets),
  confidences: new Float32Array(targets.length).fill(0.5),
});

describe('The answers of a run', () => {
  it('are the plain predictions until settled ones are shown, which stand beside them', () => {
    const { answers } = answersTo(prediction(0, 0.75), prediction(1, 0.5));
    assert.deepEqual([answers.at(0)?.target, answers.at(0)?.plain.target], [0, 0]);
    answers.show(settled(2, 1));
    const { target, confidence, plain } = answers.at(0)!;
    assert.deepEqual([target, confidence, plain], [2, 0.5, { target: 0, confidence: 0.75 }]);
    answers.show(undefined);
    assert.equal(answers.at(0)?.target, 0);
  });

  it('tell what changed since a version, to and fro', () => {
    const { answers } = answersTo(prediction(0, 0.75), prediction(1, 0.5), prediction(2, 0.5));
    assert.deepEqual([answers.version, [...answers.changes(0).rows]], [0, []]);
    // The second one stays as it is.
    answers.show(settled(2, 1, 0));
    assert.deepEqual([answers.version, [...answers.changes(0).rows]], [1, [0, 2]]);
    answers.show(settled(2, 1, 2));
    assert.deepEqual([...answers.changes(1).rows], [2]);
    assert.deepEqual([...answers.changes(0).rows], [0, 2]);
    answers.show(undefined);
    assert.deepEqual([...answers.changes(2).rows], [0]);
    assert.deepEqual([...answers.changes(answers.version).rows], []);
  });

  it('know what a person said, and tell where that changed', () => {
    const { list, answers } = answersTo(prediction(0, 0.75), prediction(1, 0.5));
    answers.give((row) => (row === 0 ? GIVEN.noneOfThese : GIVEN.nothing));
    assert.deepEqual([answers.given(0), answers.given(1)], [GIVEN.noneOfThese, GIVEN.nothing]);
    assert.deepEqual([...answers.changes(0).rows], [0]);
    // What joins later got no label yet, and no settled answer.
    list.push(prediction(3, 0.25));
    assert.deepEqual([answers.at(2)?.given, answers.at(2)?.target], [GIVEN.nothing, 3]);
    answers.give((row) => (row === 2 ? 1 : GIVEN.nothing));
    assert.deepEqual([...answers.changes(1).rows], [0, 2]);
  });

  it('are judged as they are shown, without what was learned from', () => {
    const { list, answers } = answersTo(prediction(0, 0.75), prediction(1, 0.5));
    const counts = () => [answers.judged.correct, answers.judged.judged];
    assert.deepEqual(counts(), [1, 2]);
    answers.show(settled(1, 1));
    assert.deepEqual(counts(), [2, 2]);
    list.push(prediction(0, 0.25));
    assert.deepEqual(counts(), [2, 3]);
    answers.judge(Int32Array.of(-1, 0, 0));
    assert.deepEqual([counts(), answers.at(1)?.truth], [[1, 2], 0]);
  });

  it('come in columns', () => {
    const { answers } = answersTo(prediction(0, 0.75), prediction(1, 0.5));
    answers.show(settled(2, 1));
    const { predicted, plain, plainConfidence, truth, given } = answers.columns([1, 0]);
    assert.deepEqual([...predicted, ...plain, ...truth], [1, 2, 1, 0, 1, 1]);
    assert.deepEqual([...plainConfidence, ...given], [0.5, 0.75, -1, -1]);
  });
});
