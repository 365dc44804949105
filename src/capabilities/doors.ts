import type { EngineApi } from '../protocol/engineApi.ts';

/**
 * What SeMap can do, and by which doors people, scripts and agents reach it. Nothing is in one door and silently missing
 * in another: where it is missing, `why` says so (`test/unit/capabilities/doors.test.ts` compares this table with what the doors
 * have).
 */
export interface Capability {
  readonly name: string;
  /** Commands of VS Code, without `semap.`. */
  readonly palette?: readonly string[];
  /** Commands of `semap`. */
  readonly commandLine?: readonly string[];
  /** Tools of agents. */
  readonly agents?: readonly string[];
  /** Methods of the engine that do it: doors reach them by what is in this folder, so that they do the same. */
  readonly does?: readonly (keyof EngineApi)[];
  readonly why?: Readonly<Partial<Record<'palette' | 'commandLine' | 'agents', string>>>;
}

const A_PAGE = 'It is about what a page or a list shows.';
const PERSON_DECIDES = 'It brings software or takes space of the computer: the person decides that.';

export const CAPABILITIES: readonly Capability[] = [
  {
    name: 'describe a folder of images',
    palette: ['refreshDatasets', 'revealDataset', 'copyDatasetPath'],
    agents: ['describe_folder'],
    why: { commandLine: 'Every command that takes a folder says how it reads it.' },
  },
  {
    name: 'open the sample',
    palette: ['openSample'],
    why: {
      commandLine: 'npm start makes and opens it.',
      agents: 'It is for a person who has no images yet.',
    },
  },
  {
    name: 'list and describe backbones',
    palette: [
      'setActiveBackbone',
      'refreshBackbones',
      'revealBackbone',
      'copyBackbonePath',
      'describeBackbone',
    ],
    commandLine: ['backbones list', 'backbones describe'],
    agents: ['list_backbones', 'describe_backbone'],
  },
  {
    name: 'check a backbone',
    palette: ['checkBackbone', 'tryBackbone'],
    commandLine: ['backbones check', 'backbones gradient'],
    why: { agents: 'describe_backbone says what is wrong with one; looking at a trial is for a person.' },
  },
  {
    name: 'get and remove backbones',
    palette: ['addBackbone', 'getBackbone', 'removeBackbone'],
    commandLine: ['backbones known', 'backbones add', 'backbones remove'],
    why: { agents: PERSON_DECIDES },
  },
  {
    name: 'get and remove text encoders',
    palette: ['installTextEncoder', 'manageTextEncoders'],
    commandLine: ['encoders list', 'encoders install', 'encoders check', 'encoders remove'],
    why: { agents: PERSON_DECIDES },
  },
  {
    name: 'rank backbones',
    does: ['rank'],
    palette: ['rankBackbones', 'showRanking'],
    commandLine: ['rank'],
    agents: ['rank_backbones'],
  },
  {
    name: 'suggest labels',
    does: ['suggestLabels'],
    commandLine: ['labels'],
    agents: ['suggest_labels'],
    why: { palette: 'Align Labels asks where labels come from, and suggests them there.' },
  },
  {
    name: 'align labels',
    does: ['align'],
    palette: [
      'alignLabels',
      'alignAgain',
      'changeMethod',
      'changeSimilarity',
      'changeAggregation',
      'addTarget',
    ],
    commandLine: ['align'],
    agents: ['align_labels'],
  },
  {
    name: 'say what labels mean',
    palette: [
      'chooseSense',
      'addHint',
      'suggestHints',
      'excludeSource',
      'includeSource',
      'undoChange',
      'redoChange',
    ],
    commandLine: ['align'],
    agents: ['align_labels'],
  },
  {
    name: 'answer by several backbones',
    palette: ['changeBackbones', 'joinBackbone', 'weighBackbone', 'leaveBackbone'],
    commandLine: ['align'],
    agents: ['align_labels'],
  },
  {
    name: 'explain a cell',
    palette: ['showCell'],
    agents: ['explain_cell'],
    why: {
      commandLine: 'semap align --export writes all similarities; why they are so is for a page or an agent.',
    },
  },
  {
    name: 'open an alignment',
    palette: ['openAlignment', 'openAlignmentEditor', 'openAlignmentText'],
    why: { commandLine: A_PAGE, agents: 'It is a resource of the MCP server, and a file.' },
  },
  {
    name: 'export an alignment',
    palette: ['exportAlignment'],
    commandLine: ['align'],
    why: { agents: 'The document itself is what an agent reads.' },
  },
  {
    name: 'classify and settle images',
    does: ['classify', 'settle'],
    palette: ['classify'],
    commandLine: ['classify'],
    agents: ['classify_images'],
  },
  {
    name: 'watch a folder',
    palette: ['watchFolder', 'stopWatching'],
    commandLine: ['classify'],
    why: { agents: 'A call ends; an agent asks again.' },
  },
  {
    name: 'look at results',
    palette: ['showResults', 'openRun', 'resumeRun', 'refreshRuns', 'revealRun', 'renameRun'],
    commandLine: ['classify'],
    agents: ['read_results', 'show_images'],
  },
  {
    name: 'delete a run',
    palette: ['deleteRun'],
    why: { commandLine: 'A run is a folder.', agents: 'Agents delete nothing.' },
  },
  {
    name: 'propose images to label',
    does: ['proposeImages'],
    commandLine: ['label'],
    agents: ['propose_images'],
    why: { palette: 'It is a button of the results.' },
  },
  {
    name: 'label images',
    agents: ['read_labels', 'give_labels'],
    why: { palette: 'It is a key in the gallery.', commandLine: 'A table names the labels: --truths.' },
  },
  {
    name: 'import labels',
    does: ['readLabelFile'],
    palette: ['importLabels'],
    commandLine: ['labels import'],
    agents: ['import_labels'],
  },
  {
    name: 'learn a head',
    does: ['learnHead'],
    palette: ['keepClassifier', 'keepHead'],
    commandLine: ['learn'],
    agents: ['learn_head'],
  },
  {
    name: 'find the best reuse',
    does: ['findReuse', 'resumeFind', 'keepReuse'],
    palette: ['findReuse', 'showFind', 'pauseFind', 'resumeFind', 'stopFind', 'findAgain'],
    commandLine: ['find'],
    agents: ['find_best_reuse', 'keep_reuse'],
  },
  {
    name: 'train a visual prompt',
    does: ['train', 'resumeRun'],
    palette: [
      ...['trainPrompt', 'showTraining', 'pauseTraining', 'resumeTraining', 'stopTraining', 'leaveQueue'],
      ...['trainAgain', 'openRunAlignment', 'classifyWithRun', 'keepMapping'],
    ],
    commandLine: ['train'],
    agents: ['train_prompt'],
  },
  {
    name: 'compare',
    does: ['compareAlignments'],
    palette: ['compareAlignments', 'compareRuns'],
    commandLine: ['compare'],
    agents: ['compare_alignments'],
  },
  {
    // Tests run from the Testing view.
    name: 'test expectations',
    palette: ['showBrokenImages', 'openExpectation', 'addExpectation'],
    commandLine: ['test'],
    agents: ['test_expectations'],
  },
  {
    name: 'export results',
    palette: ['exportResults', 'undoExport', 'openReport'],
    commandLine: ['export', 'undo'],
    agents: ['export_results', 'undo_export'],
  },
  {
    name: 'export a classifier',
    does: ['exportClassifier'],
    palette: ['exportClassifier'],
    commandLine: ['export'],
    agents: ['export_classifier'],
  },
  {
    name: 'jobs on many machines',
    commandLine: ['plan', 'run-shard', 'merge'],
    why: {
      palette: 'They run where no window is.',
      agents: 'They run on other machines, which an agent starts itself.',
    },
  },
  {
    name: 'check the engine',
    palette: ['checkEngine', 'restartEngine', 'showLog'],
    commandLine: ['check'],
    why: { agents: 'What fails says so in the answer of a tool.' },
  },
  {
    name: 'serve agents',
    commandLine: ['mcp'],
    why: { palette: 'VS Code starts it (mcpServerDefinitionProviders).', agents: 'It is their door.' },
  },
];
