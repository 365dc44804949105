import * as vscode from 'vscode';
import type { StatingDocument } from '../../capabilities/testExpectations.ts';
import { toSemapError } from '../../core/errors.ts';
import { type StatedExpectation, statedText } from '../../core/expectations/statedExpectations.ts';
import { say } from '../language.ts';
import { plain, plainName } from '../messages.ts';

/** An expectation's id in its document: the same as long as it says the same, wherever it stands by then. */
function idsOf(stated: readonly StatedExpectation[]): readonly string[] {
  const seen = new Map<string, number>();
  return stated.map(({ text, scope }) => {
    const { folder, layout, split, settled } = scope;
    const said = JSON.stringify([text, folder, layout, split, settled]);
    const times = seen.get(said) ?? 0;
    seen.set(said, times + 1);
    return times === 0 ? said : `${said} ${times}`;
  });
}

/** The expectations of a document by the ids of their items. */
export function statedById({ stated }: StatingDocument): ReadonlyMap<string, StatedExpectation> {
  const ids = idsOf(stated);
  return new Map(stated.map((one, i) => [ids[i], one]));
}

/** Shows what a document states below its item; the results of what it stated before stay. */
export function fillItem(
  controller: vscode.TestController,
  item: vscode.TestItem,
  stating: StatingDocument,
): void {
  const { stated, lineOf } = stating;
  const ids = idsOf(stated);
  const items = stated.map((one, i) => {
    const child = controller.createTestItem(ids[i], plainName(say(statedText(one))), item.uri);
    const line = (lineOf(one) ?? 1) - 1;
    child.range = new vscode.Range(line, 0, line, 0);
    // In the order of the document.
    child.sortText = String(i).padStart(6, '0');
    if (one.problem) child.error = problemText(one.problem.message, one.problem.hint);
    return child;
  });
  item.error = undefined;
  item.children.replace(items);
}

/** Of a document that cannot be read, why. */
export function failItem(item: vscode.TestItem, error: unknown): void {
  const { text, hintText } = toSemapError(error);
  item.children.replace([]);
  item.error = problemText(text, hintText);
}

function problemText(
  message: Parameters<typeof say>[0],
  hint: Parameters<typeof say>[0] | undefined,
): string {
  return plain(hint ? `${say(message)} ${say(hint)}` : say(message));
}
