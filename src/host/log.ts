import * as vscode from 'vscode';
import { escapeHidden } from '../core/text/plainText.ts';

/** Where the host writes what happened, an entry a line. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** A library that goes on about one error is cut here. */
const ENTRY_LIMIT = 10_000;

/** The log in VS Code's Output view. What it quotes cannot make entries of its own, nor hide or turn round any. */
export class OutputLog implements Log, vscode.Disposable {
  readonly #channel = vscode.window.createOutputChannel('SeMap', { log: true });

  info(message: string): void {
    this.#channel.info(entry(message));
  }

  warn(message: string): void {
    this.#channel.warn(entry(message));
  }

  error(message: string): void {
    this.#channel.error(entry(message));
  }

  show(): void {
    this.#channel.show();
  }

  dispose(): void {
    this.#channel.dispose();
  }
}

function entry(message: string): string {
  const text = message.length > ENTRY_LIMIT ? `${message.slice(0, ENTRY_LIMIT)}…` : message;
  return escapeHidden(text, '\t');
}

/** An error with where it came from: an entry for it and one for every call. */
export function logError(log: Log, where: string, error: unknown): void {
  const { message, stack = '' } = error instanceof Error ? error : { message: String(error) };
  log.error(`${where}: ${message}`);
  for (const line of stack.split('\n')) {
    if (/^\s+at /.test(line)) log.error(`  ${line.trim()}`);
  }
}
