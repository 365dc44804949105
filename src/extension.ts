import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { SpareFolder } from './capabilities/sessionRuns.ts';
import { backboneKind } from './core/backbones/backboneFiles.ts';
import { encoderKind } from './core/encoders/variants.ts';
import { SemapError } from './core/errors.ts';
import { phrase } from './core/text/text.ts';
import { downloadEnvironment } from './files/downloadEnvironment.ts';
import { AgentLinks } from './host/agents/agentLinks.ts';
import { registerAgentTools } from './host/agents/agentTools.ts';
import { registerMcpServer } from './host/agents/mcpServer.ts';
import { ActiveAlignment } from './host/alignments/activeAlignment.ts';
import { AlignLabels } from './host/alignments/alignLabels.ts';
import { alignmentCommands } from './host/alignments/alignmentCommands.ts';
import { AlignmentEditors } from './host/alignments/alignmentEditors.ts';
import { findAlignments } from './host/alignments/alignmentFiles.ts';
import { AlignmentHistories } from './host/alignments/alignmentHistories.ts';
import { AlignmentView } from './host/alignments/alignmentView.ts';
import { CachedRuns } from './host/alignments/cachedRuns.ts';
import { ChangeBackbones } from './host/alignments/changeBackbones.ts';
import { chatModels } from './host/alignments/chatModels.ts';
import { ChooseMethod } from './host/alignments/chooseMethod.ts';
import { EditAlignment } from './host/alignments/editAlignment.ts';
import { ExportAlignment } from './host/alignments/exportAlignment.ts';
import { ExportClassifier } from './host/alignments/exportClassifier.ts';
import { offerFilesLeft } from './host/alignments/filesLeft.ts';
import { LabelSources } from './host/alignments/labelSources.ts';
import { GridInView } from './host/alignments/showCell.ts';
import { SuggestHints } from './host/alignments/suggestHints.ts';
import { AddBackbone } from './host/backbones/addBackbone.ts';
import { BackboneCommands } from './host/backbones/backboneCommands.ts';
import { BackboneLibrary } from './host/backbones/backboneLibrary.ts';
import { BackbonesTree } from './host/backbones/backbonesTree.ts';
import { GetBackbone } from './host/backbones/getBackbone.ts';
import { PhotoBackboneOffer } from './host/backbones/photoBackbone.ts';
import { CommandLine } from './host/commandLine.ts';
import { keepContextKey, registerCommands, urisOf } from './host/commands.ts';
import { CompareCommands } from './host/compare/compareCommands.ts';
import { compareView } from './host/compare/compareView.ts';
import { type DatasetNode, DatasetsTree } from './host/datasets/datasetsTree.ts';
import { FolderLayouts } from './host/datasets/folderLayouts.ts';
import { openSample } from './host/datasets/openSample.ts';
import { installTextEncoder } from './host/downloads/installTextEncoder.ts';
import { ManageTextEncoders } from './host/downloads/manageTextEncoders.ts';
import { ModelDownloads, type ModelWish } from './host/downloads/modelDownloads.ts';
import { ExpectationTests } from './host/expectations/expectationTests.ts';
import { FilePlacing } from './host/exports/filePlacing.ts';
import { copyPath, reveal } from './host/files.ts';
import { FindCommands } from './host/find/findCommands.ts';
import { say } from './host/language.ts';
import { OutputLog } from './host/log.ts';
import { setViewMessage, warnOnce } from './host/messages.ts';
import { Milestones } from './host/milestones.ts';
import { ModelView } from './host/models/modelView.ts';
import { RankingCommands } from './host/ranking/rankingCommands.ts';
import { openReport, ReportView } from './host/reports/reportView.ts';
import { LabelImport } from './host/results/labelImport.ts';
import { ResultsCommands } from './host/results/resultsCommands.ts';
import { ResultsView } from './host/results/resultsView.ts';
import { Settlings } from './host/results/settlings.ts';
import { showCellByLabel } from './host/results/showCellByLabel.ts';
import { RunCommands } from './host/runs/runCommands.ts';
import { RunStore } from './host/runs/runStore.ts';
import { RunsTree } from './host/runs/runsTree.ts';
import { Settings } from './host/settings.ts';
import { DeviceStatus } from './host/status/deviceStatus.ts';
import { EngineReport } from './host/status/engineReport.ts';
import { askAboutLoad } from './host/supervisor/askAboutLoad.ts';
import { EngineClient } from './host/supervisor/engineClient.ts';
import { EngineSupervisor } from './host/supervisor/engineSupervisor.ts';
import { SemapTasks } from './host/tasks/semapTasks.ts';
import { TrainingCommands } from './host/training/trainingCommands.ts';
import { sayRestricted } from './host/trust.ts';
import { FolderTruths } from './host/truths/folderTruths.ts';
import { followImages } from './host/truths/followImages.ts';
import { forkEngine } from './processes/engineProcess.ts';

let supervisor: EngineSupervisor | undefined;
/** Lets pages and records remember what was under way. */
let leave: () => Promise<void> = async () => {};

/** The composition root: makes every part once and hands it what it needs. Nothing heavy is loaded here. */
export function activate(context: vscode.ExtensionContext): void {
  const { extensionUri, subscriptions } = context;
  const log = new OutputLog();
  const settings = new Settings();
  const folders = {
    models: join(context.extensionPath, 'dist', 'models'),
    installed: join(context.globalStorageUri.fsPath, 'backbones'),
    encoders: join(context.globalStorageUri.fsPath, 'encoders'),
    cache: join(context.globalStorageUri.fsPath, 'cache'),
  };
  const encodersFolder = () =>
    settings.modelFolder === undefined ? folders.encoders : join(settings.modelFolder, 'encoders');

  const version = String(context.extension.packageJSON.version);
  /** What is installed for this window, agents and tasks use too; folders that are named so need not be there. */
  const commandLine = new CommandLine({
    file: join(context.extensionPath, 'dist', 'cli.mjs'),
    args: () => ['--device', settings.device, '--threads', String(settings.threads)],
    env: () => ({
      SEMAP_BACKBONES: settings.modelFolder ?? folders.installed,
      SEMAP_ENCODERS: encodersFolder(),
      SEMAP_CACHE: folders.cache,
    }),
  });

  supervisor = new EngineSupervisor({
    launch: () => forkEngine({ enginePath: join(context.extensionPath, 'dist', 'engine.mjs') }),
    engineOptions: () => ({
      modelsFolder: folders.models,
      backboneFolders: [settings.modelFolder ?? folders.installed],
      encoderFolders: [encodersFolder()],
      cacheFolder: folders.cache,
      cacheBytes: settings.cacheBytes,
      device: settings.device,
      threads: settings.threads,
      workspaceFolders: vscode.workspace.workspaceFolders?.map(({ uri }) => uri.fsPath) ?? [],
    }),
    idleMs: () => settings.engineIdleMs,
    onNotice: (message) => warnOnce(say(message)),
    onSlowLoad: askAboutLoad,
    log,
  });
  const engine = new EngineClient(supervisor);
  const library = new BackboneLibrary(engine, settings, context.workspaceState);
  const active = new ActiveAlignment(context.workspaceState);
  const layouts = new FolderLayouts(engine, context.workspaceState, (folders) =>
    FolderTruths.labeledIn(folders),
  );
  const datasets = new DatasetsTree(engine, layouts);
  const editAlignment = new EditAlignment(engine, active, (uri, command) => grid.tell(uri, command));
  const settlings = new Settlings(engine, (folders) => FolderTruths.of(folders));
  const placing = new FilePlacing({ engine, memory: context.workspaceState });
  const results = new ResultsView(
    extensionUri,
    { engine, settlings, placing, version },
    {
      again: (run) => classify.again(run),
      resume: (run) => classify.resume(run),
      keep: (run) => classify.keepSettled(run),
      restore: (source) => classify.past.restore(source),
      nameOf: ({ keptIn, folders }) => runs.titleOf(keptIn ?? folders[0]),
    },
    context.globalState,
    editAlignment,
  );
  const labels = new LabelSources({ engine, datasets, layouts, library });
  const alignLabels = new AlignLabels({ engine, settings, library, labels, layouts, active });
  const runs = new RunStore(context.globalStorageUri.fsPath, () => [...train.held, ...find.held]);
  const classify = new ResultsCommands({
    engine,
    settings,
    library,
    active,
    alignLabels,
    labels,
    datasets,
    layouts,
    results,
    runs,
    settlings,
    log,
  });
  const expectations = new ExpectationTests({
    engine,
    library,
    showResults: async (source, image) => {
      const run = await classify.past.restore(source);
      // Beside a figure of plain answers, these are shown.
      if (!source.settled) await settlings.of(run).choose(false);
      results.showImage(run, Math.max(0, run.predictions.rowsOf([image])[0]));
    },
  });
  const labelImport = new LabelImport({ engine, datasets, inFront: () => results.inFront });
  const cached = new CachedRuns(engine, classify);
  const histories = new AlignmentHistories();
  const gridParts = { engine, active, runs: cached, edit: editAlignment, histories };
  const alignmentView = new AlignmentView(extensionUri, gridParts);
  const editors = new AlignmentEditors(extensionUri, gridParts);
  const grid = new GridInView({ active, editors, view: alignmentView });
  const exportAlignment = new ExportAlignment(engine, active, {
    draw: (uri, format) => grid.tell(uri, { kind: 'exportImage', format }),
  });
  const exportClassifier = new ExportClassifier({
    engine,
    library,
    active,
    memory: context.globalState,
    version,
  });
  const comparisons = compareView({
    extensionUri,
    engine,
    library,
    datasets,
    results: {
      open: async (folder) => ({
        run: await classify.past.runIn(folder),
        folder,
        ...(await runs.titleOf(folder)),
      }),
      show: (run, image) => results.showImage(run, image),
    },
  });
  const compare = new CompareCommands({
    view: comparisons,
    found: () => findAlignments(200),
    current: () => active.current?.uri,
    images: () => (classify.past.last?.state === 'running' ? undefined : classify.past.last?.images),
  });
  const chooseMethod = new ChooseMethod({
    engine,
    edit: editAlignment,
    active,
    countChanges: (before, after, uri) => cached.countChanges(before, after, uri),
  });
  const suggestHints = new SuggestHints({
    engine,
    edit: editAlignment,
    models: chatModels,
    inGrid: (uri, command) => grid.tell(uri, command),
    countChanges: (before, after, uri) => cached.countChanges(before, after, uri),
  });
  const changeBackbones = new ChangeBackbones({ engine, library, edit: editAlignment, active, cached });
  const train = new TrainingCommands({
    extensionUri,
    engine,
    library,
    active,
    alignLabels,
    datasets,
    layouts,
    runs,
    memory: context.globalState,
    log,
  });
  const rank = new RankingCommands({
    extensionUri,
    engine,
    library,
    labels,
    align: alignLabels,
    datasets,
    layouts,
    runs,
    log,
  });
  const find = new FindCommands({
    extensionUri,
    engine,
    library,
    active,
    labels,
    datasets,
    layouts,
    runs,
    memory: context.globalState,
    openTraining: (folder) => train.show(folder),
    showBackbone: async (path) => {
      const entry = (await library.list()).find((one) => one.path === path);
      if (!entry) throw new SemapError('not-found', phrase('{0} is no longer installed.', basename(path)));
      await backbonesView.reveal({ kind: 'backbone', entry }, { select: true, focus: true });
    },
    log,
  });
  const spare = new SpareFolder(folders.cache);
  leave = async () => {
    results.leave();
    rank.leave();
    await Promise.all([classify.leave(), spare.remove()]);
  };
  const addBackbone = new AddBackbone(library);
  const backbonesTree = new BackbonesTree(engine, library, addBackbone);
  const getBackbone = new GetBackbone(
    new ModelDownloads(
      backboneKind,
      { root: () => settings.modelFolder ?? folders.installed, mirror: () => settings.hubMirror },
      downloadEnvironment(),
    ),
    addBackbone,
  );
  const backbones = new BackboneCommands({ engine, library, add: addBackbone, get: getBackbone });
  const milestones = new Milestones(context.globalState);
  const photoOffer = new PhotoBackboneOffer({
    engine,
    library,
    memory: context.globalState,
    download: (wish) => getBackbone.run(wish),
  });
  const report = new EngineReport({
    log,
    engine,
    supervisor,
    library,
    version,
    folders,
  });
  const encoders = installTextEncoder(
    engine,
    new ModelDownloads(
      encoderKind,
      { root: encodersFolder, mirror: () => settings.hubMirror },
      downloadEnvironment(),
    ),
  );
  const manageEncoders = new ManageTextEncoders(engine);
  const backbonesView = vscode.window.createTreeView('semap.backbones', {
    treeDataProvider: backbonesTree,
    dragAndDropController: backbonesTree,
  });
  const datasetsView = vscode.window.createTreeView('semap.datasets', { treeDataProvider: datasets });

  const runsView = vscode.window.createTreeView('semap.runs', {
    treeDataProvider: new RunsTree(runs, () => settings.keptResults),
    canSelectMany: true,
  });

  const onAlignmentOrHistory = (listener: () => void) =>
    vscode.Disposable.from(active.onDidChange(listener), histories.onDidChange(listener));
  const runCommands = new RunCommands(runs, {
    training: (folder, compare) => train.show(folder, compare),
    ranking: (folder) => rank.open(folder),
    classification: (folder) => classify.past.open(folder),
    find: (folder) => find.show(folder),
    compareResults: (first, second) => comparisons.showResults([first, second]),
    deleted: (folders) => {
      classify.forget(folders);
      results.close(folders);
    },
  });
  const commands = registerCommands(
    {
      ...train.commands,
      ...runCommands.commands,
      ...alignmentCommands({
        active,
        alignLabels,
        edit: editAlignment,
        chooseMethod,
        suggestHints,
        changeBackbones,
        exportAlignment,
        exportClassifier,
        grid,
        histories,
      }),
      ...classify.commands,
      ...expectations.commands,
      ...rank.commands,
      ...find.commands,
      ...compare.commands,
      ...report.commands,
      ...backbones.commands,
      'semap.manageTextEncoders': () => manageEncoders.run(),
      'semap.installTextEncoder': (wish?: ModelWish) => encoders.run(wish),
      'semap.openSample': () => openSample(extensionUri),
      'semap.revealDataset': (node: DatasetNode) => Promise.all(urisOf(node, undefined).map(reveal)),
      'semap.copyDatasetPath': (node: DatasetNode) => Promise.all(urisOf(node, undefined).map(copyPath)),
      'semap.importLabels': (item?: unknown) => labelImport.run(urisOf(item, undefined)[0]),
      'semap.openReport': openReport,
      'semap.undoExport': (journal: vscode.Uri) => placing.undoFile(journal.fsPath),
      'semap.refreshDatasets': () => datasets.refresh(),
    },
    log,
  );

  subscriptions.push(
    log,
    library,
    active,
    datasets,
    placing,
    histories,
    alignmentView,
    editors.register(),
    new ModelView(extensionUri, { engine, library }).register(),
    new ReportView().register(),
    results,
    classify,
    expectations,
    cached,
    comparisons,
    rank,
    find,
    runs,
    train,
    report,
    new DeviceStatus(supervisor),
    commands,
    keepContextKey('semap.hasAlignment', active.onDidChange, () => active.current !== undefined),
    // Until SeMap runs neither holds: what opens an alignment is offered then, too.
    keepContextKey('semap.hasNoAlignment', active.onDidChange, () => active.current === undefined),
    keepContextKey('semap.hasUndo', onAlignmentOrHistory, () => histories.has(active.current?.uri, 'undo')),
    keepContextKey('semap.hasRedo', onAlignmentOrHistory, () => histories.has(active.current?.uri, 'redo')),
    keepContextKey('semap.hasResults', classify.past.onDidTakeStock, () => classify.past.areAny),
    keepContextKey('semap.isWatching', classify.onDidWatch, () => classify.isWatching),
    classify.past.onDidTakeStock((past) => cached.remember(past)),
    runs.onDidChange(() => void results.nameTabs()),
    keepContextKey('semap.isTraining', train.onDidChange, () => train.held.length > 0),
    classify.onDidFinish(({ state, judged, settings: { params } }) => {
      if (state === 'done') milestones.reached('semap.didClassify');
      photoOffer.consider(params.folders, params.backbone).catch((error) => log.error(String(error)));
      if (judged > 0) milestones.reached('semap.didMeasure');
      followImages(engine, params.folders).catch((error) => log.error(String(error)));
    }),
    train.onDidChange(({ phase, record }) => {
      if ((phase === 'done' || phase === 'stopped') && record?.best) milestones.reached('semap.didTrain');
    }),
    milestones,
    offerFilesLeft(),
    FolderTruths.onDidGive(() => milestones.reached('semap.didLabel')),
    alignLabels.onDidMake(() => milestones.reached('semap.didAlign')),
    library.onDidAdd(() => milestones.reached('semap.didAddBackbone')),
    datasetsView,
    runsView,
    // The command line may have written some: VS Code does not tell of every file below a new folder.
    runsView.onDidChangeVisibility(({ visible }) => {
      if (visible) runs.refresh();
    }),
    datasets.onDidChangeScanning((scanning) => {
      setViewMessage(datasetsView, scanning ? vscode.l10n.t('Looking for class folders...') : '');
    }),
    backbonesView,
    sayRestricted(backbonesView, vscode.l10n.t('Restricted Mode: models of this workspace are not used.')),
    sayRestricted(
      runsView,
      vscode.l10n.t('Restricted Mode: nothing is trained, and runs of this workspace stay as they are.'),
      { onDidChange: runs.onDidChange, some: async () => (await runs.list()).length > 0 },
    ),
    vscode.window.registerWebviewViewProvider('semap.alignment', alignmentView),
    registerAgentTools(context.extension.packageJSON.contributes.languageModelTools, {
      engine,
      version,
      uriScheme: vscode.env.uriScheme,
      spare,
    }),
    registerMcpServer(commandLine, version),
    new SemapTasks(commandLine).register(),
    vscode.window.registerUriHandler(
      new AgentLinks({ run: (folder) => runCommands.open(folder), cell: showCellByLabel }),
    ),
    settings.onDidChange(['threads', 'modelFolder', 'cacheSize', 'device'], () => supervisor?.stopWhenFree()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      library.refresh();
      runs.refresh();
      train.takeUp().catch((error) => log.error(String(error)));
      find.takeUp().catch((error) => log.error(String(error)));
    }),
  );
  // Reading documents may wait until the activation is over.
  setImmediate(() => {
    active.restore().catch((error) => log.error(String(error)));
    classify.past.takeStock().catch((error) => log.error(String(error)));
    placing.takeUp().catch((error) => log.error(String(error)));
    train.takeUp().catch((error) => log.error(String(error)));
    find.takeUp().catch((error) => log.error(String(error)));
  });
}

/** Ends the engine; VS Code waits for it. */
export async function deactivate(): Promise<void> {
  await Promise.all([leave(), supervisor?.dispose(), FolderTruths.settled()]);
}
