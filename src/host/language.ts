import * as vscode from 'vscode';
import {
  type Language,
  plural as pluralPhrase,
  say as sayIn,
  type Text,
  type TextValue,
} from '../core/text/text.ts';

/** The language that VS Code is shown in, with the texts that were translated. */
export function language(): Language {
  return { name: vscode.env.language, patterns: vscode.l10n.bundle };
}

/** A text of core or the engine, in the language of VS Code. */
export function say(text: Text): string {
  return sayIn(text, language());
}

/** `one` for a count of 1, else `many`; the count is `{0}` in both, `values` follow it. */
export function plural(count: number, one: string, many: string, ...values: readonly TextValue[]): string {
  return say(pluralPhrase(count, one, many, ...values));
}
