import * as vscode from 'vscode';

/** What a person has done with SeMap: the walkthrough marks a step by one of these, when it succeeded and not before. */
export type Milestone =
  | 'semap.didAlign'
  | 'semap.didClassify'
  | 'semap.didMeasure'
  | 'semap.didTrain'
  | 'semap.didAddBackbone';

/** Tells VS Code, which remembers the steps that are done. */
export function reached(milestone: Milestone): void {
  void vscode.commands.executeCommand('setContext', milestone, true);
}
