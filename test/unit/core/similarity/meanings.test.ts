import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LEAST_SIMILARITY } from '../../../../src/core/alignments/expectedQuality.ts';
import { labelRoles } from '../../../../src/core/labels/labelRole.ts';
import { MappingScorer } from '../../../../src/core/mapping/scoring.ts';
import { semap } from '../../../../src/core/mapping/semantic.ts';
import { WordNetSimilarity } from '../../../../src/core/similarity/wordnetSimilarity.ts';
import { builtWordNet, imagenet, noTable } from '../labels/table.ts';
import { meanings, type Word } from './meanings.ts';

/** So many words of the table may fail today: may only fall. */
const FAILING = 7;

describe('Words of a dictionary', { skip: noTable }, () => {
  const wordnet = noTable ? (undefined as never) : builtWordNet();
  const similarity = noTable ? (undefined as never) : new WordNetSimilarity(wordnet);
  const names = noTable ? [] : imagenet().labels.map(({ name }) => name);

  /** What is wrong with a word's meaning; empty where nothing is. */
  function faults(word: Word): string[] {
    const targets = [word.word, ...word.among.split(', ')].map((text) => {
      const [name, hint] = text.split(' = ');
      return { name, hint };
    });
    const comparison = similarity.compare(targets, imagenet());
    const mapping = semap(comparison);
    const found: string[] = [];
    const key = comparison.meanings!.senses[0][0]?.key;
    if (word.means && !word.means.includes(key)) found.push(`means ${key}`);

    const sources = [...mapping.targets[0]].sort((a, b) => b.weight - a.weight);
    const top = sources[0]?.weight ?? 0;
    const called = (least: number) =>
      sources.filter(({ weight }) => weight >= least * top).map(({ source }) => names[source]);
    const strongest = sources.slice(0, 3).map(({ source }) => names[source]);
    // Kinds of a label weigh the same: all of them are its strongest.
    const near = [...strongest, ...called(1)];
    if (word.near && !word.near.some((name) => near.includes(name))) found.push(`goes to ${strongest}`);
    const far = called(1 / 3).filter((name) => word.far?.includes(name));
    if (far.length > 0) found.push(`goes to ${far}`);
    if (word.wide && called(1 / 4).length < word.wide) found.push(`has ${called(1 / 4)} only`);
    if (word.owns) {
      const logits = new Float32Array(names.length).fill(-12);
      logits[names.indexOf(word.owns)] = 0;
      const scores = [...new MappingScorer(mapping).score(logits)];
      const winner = scores.indexOf(Math.max(...scores));
      if (winner !== 0) found.push(`loses ${word.owns} to ${targets[winner].name}`);
    }
    if (word.silent && sources.length > 0) {
      const best = comparison.values
        .slice(0, comparison.columns)
        .reduce((most, value) => Math.max(most, value));
      if (best >= LEAST_SIMILARITY) found.push(`goes to ${strongest}`);
    }
    if (word.role && roleOf(targets.map(({ name }) => name)) !== word.role) {
      found.push(`is ${roleOf(targets.map(({ name }) => name))}`);
    }
    return found;
  }

  function roleOf(labels: readonly string[]): string | undefined {
    const [role] = labelRoles(labels, (phrase) => wordnet.has(phrase.replaceAll(' ', '_')));
    switch (role?.kind) {
      case 'not':
        return `not ${role.labels}`;
      case 'with':
        return `${role.head} with ${role.context}`;
      default:
        return role?.kind;
    }
  }

  let failing = 0;
  for (const [group, words] of Object.entries(meanings)) {
    it(group, (t) => {
      for (const word of words) {
        const found = faults(word);
        if (found.length > 0) failing++;
        if (word.today && found.length === 0)
          t.diagnostic(`"${word.word}" is right now: take its reason away`);
        if (!word.today) assert.deepEqual(found, [], `"${word.word}" among ${word.among}`);
      }
    });
  }

  it('has sixty words, of which fewer and fewer fail', () => {
    const words = Object.values(meanings);
    assert.deepEqual(
      words.map((group) => group.length),
      Array(10).fill(6),
    );
    assert.ok(failing <= FAILING, `${failing} words fail, at most ${FAILING} did`);
  });
});
