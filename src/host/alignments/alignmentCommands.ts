import type * as vscode from 'vscode';
import { type CommandTable, urisOf } from '../commands.ts';
import type { RunEntry } from '../runs/runEntry.ts';
import type { ActiveAlignment } from './activeAlignment.ts';
import type { AlignLabels } from './alignLabels.ts';
import type { AlignmentHistories } from './alignmentHistories.ts';
import type { ChangeBackbones } from './changeBackbones.ts';
import type { ChooseMethod } from './chooseMethod.ts';
import { type EditAlignment, menuOf } from './editAlignment.ts';
import type { ExportAlignment } from './exportAlignment.ts';
import type { ExportClassifier } from './exportClassifier.ts';
import type { GridInView, ShownCell } from './showCell.ts';
import type { SuggestHints } from './suggestHints.ts';

interface AlignmentCommandsParts {
  readonly active: ActiveAlignment;
  readonly alignLabels: AlignLabels;
  readonly edit: EditAlignment;
  readonly chooseMethod: ChooseMethod;
  readonly suggestHints: SuggestHints;
  readonly changeBackbones: ChangeBackbones;
  readonly exportAlignment: ExportAlignment;
  readonly exportClassifier: ExportClassifier;
  readonly grid: GridInView;
  readonly histories: AlignmentHistories;
}

/** What can be done about alignments, and who does it. */
export function alignmentCommands(parts: AlignmentCommandsParts): CommandTable<'alignments'> {
  const { active, alignLabels, edit, chooseMethod, suggestHints, changeBackbones } = parts;
  const { exportAlignment, exportClassifier, grid, histories } = parts;
  return {
    'semap.alignLabels': (item?: unknown) => alignLabels.ask(urisOf(item, undefined)[0]),
    'semap.openAlignment': (uri?: vscode.Uri) => active.open(uri),
    'semap.openAlignmentEditor': (uri?: unknown) => active.reopen('grid', urisOf(uri, undefined)[0]),
    'semap.openAlignmentText': (uri?: unknown) => active.reopen('text', urisOf(uri, undefined)[0]),
    'semap.showCell': (cell: ShownCell) => grid.showCell(cell),
    'semap.undoChange': () => histories.step(active.current?.uri, 'undo'),
    'semap.redoChange': () => histories.step(active.current?.uri, 'redo'),
    'semap.exportAlignment': (uri?: unknown) => exportAlignment.run(urisOf(uri, undefined)[0]),
    'semap.exportClassifier': (item?: unknown) =>
      exportClassifier.run(urisOf(item, undefined)[0] ?? (item as RunEntry | undefined)),
    'semap.chooseSense': (menu?: unknown) => edit.chooseSense(menuOf(menu)),
    'semap.addHint': (menu?: unknown) => edit.addHint(menuOf(menu)),
    'semap.suggestHints': (menu?: unknown) => suggestHints.suggest(menuOf(menu)),
    'semap.excludeSource': (menu?: unknown) => edit.excludeSource(menuOf(menu)),
    'semap.includeSource': (menu?: unknown) => edit.includeSource(menuOf(menu)),
    'semap.addTarget': (menu?: unknown) => edit.addTarget(menuOf(menu)),
    'semap.alignAgain': (menu?: unknown) => edit.alignAgain(menuOf(menu)),
    'semap.changeMethod': (menu?: unknown) => chooseMethod.method(menuOf(menu)),
    'semap.changeSimilarity': (menu?: unknown) => chooseMethod.similarity(menuOf(menu)),
    'semap.changeAggregation': (menu?: unknown) => chooseMethod.aggregation(menuOf(menu)),
    'semap.changeBackbones': (menu?: unknown) => changeBackbones.change(menuOf(menu)),
    'semap.joinBackbone': (menu?: unknown) => changeBackbones.add(menuOf(menu)),
    'semap.weighBackbone': (menu?: unknown) => changeBackbones.weigh(menuOf(menu)),
    'semap.leaveBackbone': (menu?: unknown) => changeBackbones.remove(menuOf(menu)),
  };
}
