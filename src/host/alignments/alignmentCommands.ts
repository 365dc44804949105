import type * as vscode from 'vscode';
import { type CommandTable, urisOf } from '../commands.ts';
import type { RunEntry } from '../runs/runEntry.ts';
import type { ActiveAlignment } from './activeAlignment.ts';
import type { AlignLabels } from './alignLabels.ts';
import type { AlignmentHistories } from './alignmentHistories.ts';
import type { ChangeBackbones } from './changeBackbones.ts';
import type { ChooseMethod } from './chooseMethod.ts';
import { type EditAlignment, type MenuContext, menuOf } from './editAlignment.ts';
import type { ExportAlignment } from './exportAlignment.ts';
import type { ExportClassifier } from './exportClassifier.ts';
import type { GridInView, ShownCell } from './showCell.ts';
import type { SuggestHints } from './suggestHints.ts';

interface AlignmentCommandsParts {
  readonly active: Pick<ActiveAlignment, 'current' | 'open' | 'reopen'>;
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
  // While a question is open another alignment may become the active one: the command is about the one of before.
  const about = (argument: unknown): MenuContext => ({
    semapDocument: active.current?.uri.toString(),
    ...menuOf(argument),
  });
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
    'semap.chooseSense': (menu?: unknown) => edit.chooseSense(about(menu)),
    'semap.addHint': (menu?: unknown) => edit.addHint(about(menu)),
    'semap.suggestHints': (menu?: unknown) => suggestHints.suggest(about(menu)),
    'semap.excludeSource': (menu?: unknown) => edit.excludeSource(about(menu)),
    'semap.includeSource': (menu?: unknown) => edit.includeSource(about(menu)),
    'semap.addTarget': (menu?: unknown) => edit.addTarget(about(menu)),
    'semap.alignAgain': (menu?: unknown) => edit.alignAgain(about(menu)),
    'semap.changeMethod': (menu?: unknown) => chooseMethod.method(about(menu)),
    'semap.changeSimilarity': (menu?: unknown) => chooseMethod.similarity(about(menu)),
    'semap.changeAggregation': (menu?: unknown) => chooseMethod.aggregation(about(menu)),
    'semap.changeBackbones': (menu?: unknown) => changeBackbones.change(about(menu)),
    'semap.joinBackbone': (menu?: unknown) => changeBackbones.add(about(menu)),
    'semap.weighBackbone': (menu?: unknown) => changeBackbones.weigh(about(menu)),
    'semap.leaveBackbone': (menu?: unknown) => changeBackbones.remove(about(menu)),
  };
}
