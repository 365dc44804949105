import * as vscode from 'vscode';
import { describeError } from '../host/errors.ts';
import { offer } from '../host/messages.ts';
import { needsComputer } from './browserEngine.ts';

/** What stands above every page in the browser. */
export function readOnlyWords(): string {
  return vscode.l10n.t(
    'Read-only: SeMap in the browser shows alignments and results. To run backbones, open this folder in VS Code on a computer.',
  );
}

/** The answer to what the browser does not do: nothing failed. */
export function sayReadOnly(): Promise<void> {
  return offer('information', describeError(needsComputer()).message, []);
}
