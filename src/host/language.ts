import * as vscode from 'vscode';
import { type Language, say as sayIn, type Text } from '../core/text/text.ts';

/** The language that VS Code is shown in, with the texts that were translated. */
export function language(): Language {
  return { name: vscode.env.language, patterns: vscode.l10n.bundle };
}

/** A text of core or the engine, in the language of VS Code. */
export function say(text: Text): string {
  return sayIn(text, language());
}
