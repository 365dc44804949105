import type { AnyTool } from '../tool.ts';
import { alignLabelsTool } from './alignLabelsTool.ts';
import { describeFolder } from './describeFolder.ts';
import { explainCell } from './explainCell.ts';
import { listBackbones } from './listBackbones.ts';
import { testExpectationsTool } from './testExpectationsTool.ts';

/** What agents can ask of SeMap, in the order in which a task usually needs it. */
export const TOOLS: readonly AnyTool[] = [
  describeFolder,
  listBackbones,
  alignLabelsTool,
  explainCell,
  testExpectationsTool,
];
