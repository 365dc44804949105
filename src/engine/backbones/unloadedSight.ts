import type { GraphFacts } from '../../core/backbones/backboneDescription.ts';
import type { ScorePlace } from '../../core/backbones/classOutput.ts';
import { readableSkeleton } from '../../core/onnx/modelSkeleton.ts';
import { type OutputClues, readOutputClues } from '../../core/onnx/outputClues.ts';
import type { ModelProto } from '../../core/onnx/protobuf/schema.ts';
import type { ModelProbe, ProbedInput, ProbedModel, RunFacts } from './modelProbe.ts';
import type { ModelSight } from './modelReader.ts';

/** What a graph says without being loaded, and what was seen when it was. */
export class UnloadedSight implements ModelSight {
  readonly runs = false;
  readonly #probe: ModelProbe;
  readonly #skeleton: ModelProto;
  readonly #declared: GraphFacts;

  /** @param declared inputs and outputs as the file has them */
  constructor(probe: ModelProbe, skeleton: ModelProto, { inputs, outputs }: GraphFacts) {
    this.#probe = probe;
    this.#skeleton = skeleton;
    this.#declared = { inputs, outputs };
  }

  async facts({ sha256 }: ProbedModel): Promise<GraphFacts> {
    return (await this.#probe.earlierFacts(sha256)) ?? this.#declared;
  }

  async clues(_: ProbedModel, value?: string): Promise<OutputClues | undefined> {
    try {
      return readOutputClues(readableSkeleton(this.#skeleton), value);
    } catch {
      // There is only less to tell.
      return undefined;
    }
  }

  run({ sha256 }: ProbedModel, asked: ProbedInput, place: ScorePlace): Promise<RunFacts | undefined> {
    return this.#probe.earlierRun(sha256, asked, place);
  }
}
