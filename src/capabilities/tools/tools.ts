import type { AnyTool } from '../tool.ts';
import { alignLabelsTool } from './alignLabelsTool.ts';
import { classifyImagesTool } from './classifyImagesTool.ts';
import { compareAlignmentsTool } from './compareAlignmentsTool.ts';
import { describeBackbone } from './describeBackbone.ts';
import { describeFolder } from './describeFolder.ts';
import { explainCell } from './explainCell.ts';
import { exportClassifierTool } from './exportClassifierTool.ts';
import { exportResultsTool } from './exportResultsTool.ts';
import { findBestReuseTool } from './findBestReuse.ts';
import { giveLabelsTool } from './giveLabelsTool.ts';
import { importLabelsTool } from './importLabelsTool.ts';
import { keepReuseTool } from './keepReuseTool.ts';
import { learnHeadTool } from './learnHeadTool.ts';
import { listBackbones } from './listBackbones.ts';
import { proposeImagesTool } from './proposeImagesTool.ts';
import { rankBackbonesTool } from './rankBackbonesTool.ts';
import { readLabels } from './readLabels.ts';
import { readResults } from './readResults.ts';
import { showImages } from './showImages.ts';
import { suggestLabelsTool } from './suggestLabelsTool.ts';
import { testExpectationsTool } from './testExpectationsTool.ts';
import { trainPromptTool } from './trainPromptTool.ts';
import { undoExport } from './undoExport.ts';

/** What agents can ask of SeMap, in the order in which a task usually needs it. */
export const TOOLS: readonly AnyTool[] = [
  describeFolder,
  suggestLabelsTool,
  listBackbones,
  describeBackbone,
  rankBackbonesTool,
  alignLabelsTool,
  explainCell,
  classifyImagesTool,
  readResults,
  showImages,
  proposeImagesTool,
  readLabels,
  giveLabelsTool,
  importLabelsTool,
  compareAlignmentsTool,
  findBestReuseTool,
  keepReuseTool,
  learnHeadTool,
  trainPromptTool,
  testExpectationsTool,
  exportResultsTool,
  undoExport,
  exportClassifierTool,
];
