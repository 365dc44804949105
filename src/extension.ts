import { join } from 'node:path';
import * as vscode from 'vscode';
import { ActiveAlignment } from './host/alignments/activeAlignment.ts';
import { AlignLabels } from './host/alignments/alignLabels.ts';
import { EditAlignment, type EditPlace } from './host/alignments/editAlignment.ts';
import { LabelSources } from './host/alignments/labelSources.ts';
import { BackboneCommands } from './host/backbones/backboneCommands.ts';
import { BackboneLibrary } from './host/backbones/backboneLibrary.ts';
import { type BackboneNode, BackbonesTree } from './host/backbones/backbonesTree.ts';
import { registerCommands, urisOf } from './host/commands.ts';
import { type DatasetNode, DatasetsTree } from './host/datasets/datasetsTree.ts';
import { downloadEnvironment } from './host/downloads/downloadEnvironment.ts';
import { EncoderDownloads, type EncoderWish } from './host/downloads/encoderDownloads.ts';
import { InstallTextEncoder } from './host/downloads/installTextEncoder.ts';
import { ManageTextEncoders } from './host/downloads/manageTextEncoders.ts';
import { RankBackbones } from './host/rank/rankBackbones.ts';
import { copyPath, reveal } from './host/reveal.ts';
import { ClassifyFolders } from './host/runs/classifyFolders.ts';
import { Settings } from './host/settings.ts';
import { DeviceStatus } from './host/status/deviceStatus.ts';
import { EngineReport } from './host/status/engineReport.ts';
import { EngineClient } from './host/supervisor/engineClient.ts';
import { EngineSupervisor } from './host/supervisor/engineSupervisor.ts';
import { AlignmentView } from './host/views/alignmentView.ts';
import { ResultsView } from './host/views/resultsView.ts';
import { forkEngine } from './protocol/processChannel.ts';

let supervisor: EngineSupervisor | undefined;

/** The composition root: makes every part once and hands it what it needs. Nothing heavy is loaded here. */
export function activate(context: vscode.ExtensionContext): void {
  const { extensionUri, subscriptions } = context;
  const log = vscode.window.createOutputChannel('SeMap', { log: true });
  const settings = new Settings();
  const folders = {
    models: join(context.extensionPath, 'dist', 'models'),
    installed: join(context.globalStorageUri.fsPath, 'backbones'),
    encoders: join(context.globalStorageUri.fsPath, 'encoders'),
    cache: join(context.globalStorageUri.fsPath, 'cache'),
  };
  const encodersFolder = () =>
    settings.modelFolder === undefined ? folders.encoders : join(settings.modelFolder, 'encoders');

  supervisor = new EngineSupervisor({
    launch: () => forkEngine({ enginePath: join(context.extensionPath, 'dist', 'engine.mjs') }),
    engineOptions: () => ({
      modelsFolder: folders.models,
      backboneFolders: [settings.modelFolder ?? folders.installed],
      encoderFolders: [encodersFolder()],
      cacheFolder: folders.cache,
      threads: settings.threads,
    }),
    idleMs: () => settings.engineIdleMs,
    log,
  });
  const engine = new EngineClient(supervisor);
  const library = new BackboneLibrary(engine, settings);
  const active = new ActiveAlignment(context.workspaceState);
  const datasets = new DatasetsTree(engine);
  const editAlignment = new EditAlignment(engine, active);
  const alignmentView = new AlignmentView(extensionUri, engine, active);
  const results = new ResultsView(extensionUri, engine);
  const labels = new LabelSources(engine, datasets);
  const alignLabels = new AlignLabels({ engine, settings, library, labels, active });
  const classify = new ClassifyFolders({
    engine,
    settings,
    library,
    active,
    alignLabels,
    labels,
    results,
    log,
  });
  const rank = new RankBackbones({ extensionUri, engine, library, labels, log });
  const backbones = new BackboneCommands(engine, library);
  const report = new EngineReport({
    engine,
    supervisor,
    library,
    version: String(context.extension.packageJSON.version),
    folders,
  });
  const encoders = new InstallTextEncoder(
    engine,
    new EncoderDownloads({ root: encodersFolder, mirror: () => settings.hubMirror }, downloadEnvironment()),
  );
  const manageEncoders = new ManageTextEncoders(engine);
  const datasetsView = vscode.window.createTreeView('semap.datasets', { treeDataProvider: datasets });

  const commands = registerCommands(
    {
      'semap.alignLabels': (item?: unknown) => alignLabels.ask(urisOf(item, undefined)[0]),
      'semap.classify': (item?: unknown, selection?: unknown) => classify.classify(urisOf(item, selection)),
      'semap.rankBackbones': (item?: unknown) => rank.rank(urisOf(item, undefined)[0]),
      'semap.resumeRun': () => classify.resume(),
      'semap.showResults': () => classify.showLast(),
      'semap.openAlignment': (uri?: vscode.Uri) => active.open(uri),
      'semap.chooseSense': (place?: EditPlace) => editAlignment.chooseSense(place),
      'semap.addHint': (place?: EditPlace) => editAlignment.addHint(place),
      'semap.excludeSource': (place?: EditPlace) => editAlignment.excludeSource(place),
      'semap.includeSource': (place?: EditPlace) => editAlignment.includeSource(place),
      'semap.setActiveBackbone': (node?: BackboneNode) => backbones.setActive(node),
      'semap.addBackbone': (file?: unknown) => backbones.add(urisOf(file, undefined)[0]),
      'semap.describeBackbone': (target?: BackboneNode | string) => backbones.describe(target),
      'semap.checkBackbone': (node?: BackboneNode) => backbones.check(node),
      'semap.removeBackbone': (node?: BackboneNode) => backbones.remove(node),
      'semap.revealBackbone': (node: BackboneNode) => reveal(backbones.uriOf(node)),
      'semap.copyBackbonePath': (node: BackboneNode) => copyPath(backbones.uriOf(node)),
      'semap.manageTextEncoders': () => manageEncoders.run(),
      'semap.installTextEncoder': (wish?: EncoderWish) => encoders.run(wish),
      'semap.revealDataset': (node: DatasetNode) => Promise.all(urisOf(node, undefined).map(reveal)),
      'semap.copyDatasetPath': (node: DatasetNode) => Promise.all(urisOf(node, undefined).map(copyPath)),
      'semap.refreshBackbones': () => library.refresh(),
      'semap.refreshDatasets': () => datasets.refresh(),
      'semap.checkEngine': () => report.show(),
      'semap.restartEngine': () => report.restart(),
      'semap.showLog': () => log.show(),
    },
    log,
  );

  subscriptions.push(
    log,
    library,
    active,
    datasets,
    alignmentView,
    results,
    classify,
    rank,
    report,
    new DeviceStatus(supervisor),
    commands,
    datasetsView,
    datasets.onDidChangeScanning((scanning) => {
      datasetsView.message = scanning ? vscode.l10n.t('Looking for class folders...') : '';
    }),
    vscode.window.registerTreeDataProvider('semap.backbones', new BackbonesTree(library)),
    vscode.window.registerWebviewViewProvider('semap.alignment', alignmentView),
    settings.onDidChange(['threads', 'modelFolder'], () => supervisor?.stopWhenFree()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => library.refresh()),
  );
  // Reading documents may wait until the activation is over.
  setImmediate(() => active.restore().catch((error) => log.error(String(error))));
}

/** Ends the engine; VS Code waits for it. */
export async function deactivate(): Promise<void> {
  await supervisor?.dispose();
}
