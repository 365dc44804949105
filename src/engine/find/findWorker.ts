import { cancelled } from '../../core/errors.ts';
import { type AnswerSigns, hasSigns, SignCount } from '../../core/estimates/answerSigns.ts';
import { type FindWay, ZERO_SHOT } from '../../core/find/findWays.ts';
import {
  joinedData,
  type LearnedTerms,
  pickedData,
  type ReuseData,
  type ReuseOutputs,
  reuseData,
  type TaughtRows,
  WayLearner,
} from '../../core/find/learnWay.ts';
import { type Call, moving } from '../../protocol/rpc.ts';
import { openProduct } from '../likeness/matrixProduct.ts';
import { serveStarter } from '../threads/serveStarter.ts';
import { Turns } from '../threads/turns.ts';

/** Rows to learn from, and rows to answer. */
export interface AskedRows {
  readonly learn: TaughtRows;
  readonly ask: Int32Array;
}

/** Entry of a search's thread: it keeps what backbones made of the images, learns ways of reusing them, and answers. */
export interface FindWorkerApi {
  /** What a backbone made of the images; what was there under this key before is replaced. */
  load: Call<{ readonly key: string; readonly outputs: ReuseOutputs }>;
  /** Several that are loaded, side by side: of each the rows of the same images. */
  join: Call<{
    readonly key: string;
    readonly members: readonly { readonly key: string; readonly rows: Int32Array }[];
  }>;
  /** What the mapping by meaning answers, and what that shows of its worth without a label. */
  plain: Call<
    { readonly key: string },
    { readonly answers: Int32Array; readonly signs?: AnswerSigns | undefined }
  >;
  /** Learns a way from each of some parts, and answers its other images. */
  answers: Call<
    {
      readonly key: string;
      readonly find: FindWay;
      readonly parts: readonly AskedRows[];
    },
    {
      readonly answers: readonly Int32Array[];
      /** Of learning once and answering; the most of the parts. */
      readonly seconds: number;
    },
    number
  >;
  /** A head that answers images alone; undefined where settling found too little to keep. */
  head: Call<
    { readonly key: string; readonly find: FindWay; readonly learn: TaughtRows },
    LearnedTerms | undefined
  >;
}

const loaded = new Map<string, { readonly data: ReuseData; learner?: WayLearner }>();
const turns = new Turns();
let opened: ReturnType<typeof openProduct> | undefined;

function mustBeLoaded(key: string) {
  const entry = loaded.get(key);
  if (!entry) throw new Error(`${key} is not loaded.`);
  return entry;
}

async function learnerOf(key: string): Promise<WayLearner> {
  opened ??= openProduct();
  const { product } = await opened;
  const entry = mustBeLoaded(key);
  entry.learner ??= new WayLearner(entry.data, { product });
  return entry.learner;
}

serveStarter<FindWorkerApi>(
  {
    load: ({ key, outputs }) => {
      loaded.set(key, { data: reuseData(outputs) });
      return undefined;
    },
    join: ({ key, members }) => {
      const parts = members.map(({ key: member, rows }) => pickedData(mustBeLoaded(member).data, rows));
      loaded.set(key, { data: joinedData(parts) });
      return undefined;
    },
    plain: async ({ key }) => {
      const { data } = mustBeLoaded(key);
      const { mapped, outputs } = data;
      const rows = Int32Array.from({ length: mapped.length / data.targetCount }, (_, row) => row);
      const none = { images: [], targets: [] };
      const answers = await new WayLearner(data).answers(ZERO_SHOT, none, rows);
      const signs = hasSigns(outputs.semantic)
        ? new SignCount(outputs.semantic).add(mapped, outputs.logits).signs
        : undefined;
      return moving({ answers, signs }, [answers.buffer]);
    },
    head: ({ key, find, learn }, { signal }) =>
      turns.take(async () => (await learnerOf(key)).head(find, learn, signal)),
    answers: ({ key, find, parts }, { signal, report }) =>
      turns.take(async () => {
        if (signal.aborted) throw cancelled();
        const learner = await learnerOf(key);
        const answers: Int32Array[] = [];
        let seconds = 0;
        for (const [at, { learn, ask }] of parts.entries()) {
          if (signal.aborted) throw cancelled();
          const started = performance.now();
          answers.push(await learner.answers(find, learn, ask, signal));
          seconds = Math.max(seconds, (performance.now() - started) / 1000);
          report((at + 1) / parts.length);
        }
        return moving(
          { answers, seconds },
          answers.map(({ buffer }) => buffer),
        );
      }),
  },
  () =>
    turns.take(async () => {
      loaded.clear();
      await (await opened)?.release();
    }),
);
