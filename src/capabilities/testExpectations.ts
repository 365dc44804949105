import path from 'node:path';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { type Problem, problemOf, SemapError } from '../core/errors.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import { type JudgedImages, judge } from '../core/expectations/judge.ts';
import {
  expectationPlaces,
  type StatedExpectation,
  statedExpectations,
} from '../core/expectations/statedExpectations.ts';
import type { TestedDocument, TestedExpectation } from '../core/expectations/testedExpectations.ts';
import { isWithinChance, verdictText } from '../core/expectations/verdictText.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import { lineFinder } from '../core/text/lineFinder.ts';
import { imagesDone } from '../core/text/numbers.ts';
import { phrase } from '../core/text/text.ts';
import { turns } from '../core/work.ts';
import { alignmentOfText, readAlignmentText } from '../files/alignmentFile.ts';
import { mustBeFolder } from '../files/folders.ts';
import { refuseNetworkPath } from '../files/links.ts';
import type { ClassifyParams } from '../protocol/classification.ts';
import { layOut } from './layOut.ts';
import { runImages } from './runImages.ts';
import type { Session } from './session.ts';
import { callTogether } from './together.ts';

/** A document that states expectations, or may. */
export interface StatingDocument {
  /** Absolute. */
  readonly file: string;
  /** With absolute paths. */
  readonly alignment: AlignmentDocument;
  readonly stated: readonly StatedExpectation[];
  readonly lineOf: TestedDocument['lineOf'];
}

/** @throws {SemapError} for what is no alignment */
export async function readStating(file: string): Promise<StatingDocument> {
  return statingOf(await readAlignmentText(file), path.resolve(file));
}

/**
 * What the text of a document states.
 * @param file absolute
 * @throws {SemapError} for what is no alignment
 */
export function statingOf(text: string, file: string): StatingDocument {
  const alignment = alignmentOfText(text, file);
  const stated = statedExpectations(alignment);
  const places = stated.length > 0 ? expectationPlaces(text) : () => undefined;
  const lineAt = lineFinder(text);
  const lineOf = ({ at }: StatedExpectation) => {
    const place = places(at);
    return place && lineAt(place.start);
  };
  return { file, alignment, stated, lineOf };
}

export interface TestParams extends Pick<StatingDocument, 'file' | 'alignment' | 'stated'> {
  /** What the alignment's backbone is called to the engine; absent: as the document has it. */
  readonly backbone?: string | undefined;
  /**
   * Is asked of every folder before anything in it is looked at.
   * @throws {SemapError} where it may not be
   */
  readonly mayRead?: ((folder: string) => Promise<unknown>) | undefined;
}

/**
 * Tests what a document expects: its images are classified, those with cached outputs without the backbone. What cannot
 * be tested is told as an error of its expectation, and the others are tested all the same.
 * @param told is called as soon as something came of an expectation, with the images that it was about
 * @returns in the order of `stated`
 * @throws {SemapError} `cancelled`
 */
export async function testExpectations(
  { stated, ...about }: TestParams,
  session: Session,
  told: (one: TestedExpectation, images?: ImageFolders) => void = () => {},
): Promise<readonly TestedExpectation[]> {
  const tested = new Map<StatedExpectation, TestedExpectation>();
  const tell = (one: TestedExpectation, images?: ImageFolders) => {
    tested.set(one.stated, one);
    told(one, images);
  };
  for (const one of stated) if (one.problem) tell(untested(one, one.problem));
  const expected = new ExpectedImages(about, session);
  const takeTurns = turns({ signal: session.signal });
  for (const one of inOrderOfImages(stated.filter(({ problem }) => problem === undefined))) {
    await takeTurns();
    try {
      const { folders, answers } = await expected.of(one);
      tell(judged(one, answers), folders);
    } catch (error) {
      const problem = problemOf(error);
      if (session.signal.aborted || problem.reason === 'cancelled') throw error;
      tell(untested(one, problem));
    }
  }
  return stated.flatMap((one) => tested.get(one) ?? []);
}

function untested(stated: StatedExpectation, { message, hint }: Problem): TestedExpectation {
  return { stated, status: 'error', said: message, hint, withinChance: false };
}

function judged(stated: StatedExpectation, images: JudgedImages): TestedExpectation {
  const expectation = stated.expectation!;
  const verdict = judge(expectation, images);
  const said = verdictText(expectation, verdict);
  if (verdict.status === 'undecidable')
    return { stated, status: 'error', said, hint: verdict.hint, withinChance: false };
  const { status } = verdict;
  return { stated, status, said, verdict, withinChance: isWithinChance(expectation, verdict) };
}

/** What is about the same images one after the other: only the last ones are held. */
function inOrderOfImages(stated: readonly StatedExpectation[]): readonly StatedExpectation[] {
  const groups = new Map<string, StatedExpectation[]>();
  for (const one of stated) {
    const group = groups.get(imagesKey(one)) ?? [];
    groups.set(imagesKey(one), group);
    // Plain answers come before those that take longer.
    if (one.scope.settled) group.push(one);
    else group.splice(group.filter(({ scope }) => !scope.settled).length, 0, one);
  }
  return [...groups.values()].flat();
}

function imagesKey({ scope: { folder, split }, layout }: StatedExpectation): string {
  return JSON.stringify([folder, layout, split]);
}

/** The answers that expectations are judged by. */
class ExpectedImages {
  readonly #about: Omit<TestParams, 'stated'>;
  readonly #session: Session;
  #last: { readonly key: string; readonly run: Promise<ClassifiedImages> } | undefined;

  constructor(about: Omit<TestParams, 'stated'>, session: Session) {
    this.#about = about;
    this.#session = session;
  }

  /** @throws {SemapError} */
  async of(
    stated: StatedExpectation,
  ): Promise<{ readonly folders: ImageFolders; readonly answers: JudgedImages }> {
    const key = imagesKey(stated);
    if (this.#last?.key !== key) this.#last = { key, run: this.#classified(stated) };
    const { folders, plain, settled } = await this.#last.run;
    return { folders, answers: stated.scope.settled ? await settled() : plain };
  }

  async #classified({ scope, layout }: StatedExpectation): Promise<ClassifiedImages> {
    const { file, alignment, backbone, mayRead } = this.#about;
    const folders = scope.folder === undefined ? (alignment.folders ?? []) : [scope.folder];
    if (folders.length === 0)
      throw new SemapError('invalid-argument', phrase('The alignment names no folder of images.'), {
        hint: phrase('Add {0} to the document, or {1} to the expectations.', '"folders"', '"folder"'),
      });
    for (const folder of folders) {
      refuseNetworkPath(folder, path.dirname(file));
      await mayRead?.(folder);
      await mustBeFolder(folder);
    }
    const asked =
      layout.kind === 'table' ? { ...layout, file: path.resolve(folders[0], layout.file) } : layout;
    if (asked.kind === 'table') await mayRead?.(asked.file);
    const images = await layOut({ folders, layout: asked, split: scope.split }, this.#session);
    const { path: lies, name } = alignment.backbone;
    const params = { ...images, alignment, backbone: backbone ?? lies ?? name };
    return { folders: images, ...(await classified(params, this.#session)) };
  }
}

interface ClassifiedImages {
  readonly folders: ImageFolders;
  readonly plain: JudgedImages;
  /** The same images together. */
  readonly settled: () => Promise<JudgedImages>;
}

async function classified(
  params: ClassifyParams,
  session: Session,
): Promise<Omit<ClassifiedImages, 'folders'>> {
  // By path: an engine that takes over tells once more what the one before had told.
  const predictions = new Map<string, Prediction>();
  const { report } = session;
  const { skipped, measuredOn } = await runImages(params, session, (progress) => {
    for (const one of progress.predictions) predictions.set(one.path, one);
    const { done, total, listed, paused } = progress;
    report({
      ...(listed && total > 0 && { share: done / total }),
      message: paused ?? imagesDone(done, total),
    });
  });
  const labels = params.alignment.targets.map(({ label }) => label);
  const nameOf = namesIn(params);
  const unread = skipped.map(({ path: file, reason }) => ({ path: file, reason, name: nameOf(file) }));
  const images = [...predictions.values()].map(({ path: file, target, confidence, truth }) => ({
    ...{ path: file, name: nameOf(file) },
    ...{ target, confidence, truth },
  }));
  let together: Promise<JudgedImages> | undefined;
  const settle = async (): Promise<JudgedImages> => {
    const asked = { ...params, mode: 'always' as const };
    const {
      paths = [],
      targets,
      confidences,
      truths,
      figures,
    } = await callTogether('settle', asked, session);
    return {
      labels,
      unread,
      measuredOn: figures.measuredOn,
      images: paths.map((file, i) => ({
        ...{ path: file, name: nameOf(file) },
        ...{ target: targets[i], confidence: confidences[i], truth: truths[i] },
      })),
    };
  };
  const settled = () => {
    together ??= settle();
    return together;
  };
  return { plain: { labels, images, unread, measuredOn }, settled };
}

/** What images are called in expectations: by the first of the folders that they lie in. */
export function namesIn({ folders }: ImageFolders): (file: string) => string {
  const roots = folders.map((folder) => path.resolve(folder) + path.sep);
  return (file) => {
    const root = roots.find((one) => file.startsWith(one));
    return root === undefined ? file : file.slice(root.length).split(path.sep).join('/');
  };
}
