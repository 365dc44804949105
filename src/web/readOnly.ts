import * as vscode from 'vscode';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { describeError } from '../host/errors.ts';
import { offer } from '../host/messages.ts';

/** What is said where an engine would answer. */
export function needsComputer(): SemapError {
  return new SemapError('no-engine', phrase('SeMap in the browser only shows what there is.'), {
    hint: phrase('Open this folder in VS Code on a computer to run backbones.'),
  });
}

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
