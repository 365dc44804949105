import * as vscode from 'vscode';
import { describeError, type ErrorDescription } from '../errors.ts';
import type { NextStep } from '../messages.ts';

/** The run that an error is of. */
interface FailedRun {
  readonly live: boolean;
  readonly record: unknown;
}

/**
 * What makes the description of an error on the page of a long run, with what helps: to resume, or to look at the folder.
 * @param again what asks once more, where there is nothing to resume
 */
export function runErrors(steps: {
  readonly resume: string;
  readonly again: Omit<NextStep, 'arguments'>;
}): (error: unknown, folder: string, run?: FailedRun) => ErrorDescription {
  const { t } = vscode.l10n;
  return (error, folder, run) => {
    const { message, actions } = describeError(error);
    if (run?.live) return { message, actions };
    const own = (title: string, command: string) => ({ title, command, arguments: [folder] });
    if (!run)
      return {
        message,
        actions: [own(t('Reveal'), 'semap.revealRun'), own(t('Delete...'), 'semap.deleteRun')],
      };
    const { again, resume } = steps;
    // Without a record there is nothing to resume.
    const next = run.record ? own(t('Resume'), resume) : own(again.title, again.command);
    return {
      message,
      actions: [next, ...actions.filter(({ command }) => command !== 'semap.restartEngine')],
    };
  };
}
