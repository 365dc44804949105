import * as vscode from 'vscode';
import { askedTool, type DoorParts, failureText, useTool } from '../../capabilities/agentDoor.ts';
import type { Picture } from '../../capabilities/picture.ts';
import { RootedPlaces } from '../../capabilities/places.ts';
import { TOOLS } from '../../capabilities/tools/tools.ts';
import { escapeHidden } from '../../core/text/plainText.ts';
import { phrase } from '../../core/text/text.ts';
import { say } from '../language.ts';
import { abortedBy, plain, withProgress } from '../messages.ts';
import { mustBeTrusted } from '../trust.ts';

const CANNOT_SHOW = phrase('This version of VS Code cannot show pictures to models.');

/** A result of a tool for a language model. */
type Result = vscode.LanguageModelToolResult;

/** What a person sees while it works, and is asked before. */
export function prepared(name: string, input: unknown): vscode.PreparedToolInvocation {
  try {
    const { doing, consent } = askedTool(name, input);
    const invocationMessage = plain(say(doing));
    if (!consent) return { invocationMessage };
    const title = plain(say(TOOLS.find((tool) => tool.name === name)!.title));
    return { invocationMessage, confirmationMessages: { title, message: plain(say(consent)) } };
  } catch {
    // What is wrong with the input is told by the call, to the model that can mend it.
    return {};
  }
}

/** @throws {vscode.CancellationError} and nothing else */
export async function invoked(
  name: string,
  input: unknown,
  token: vscode.CancellationToken,
  parts: Omit<DoorParts, 'mayWrite'>,
): Promise<Result> {
  try {
    mustBeTrusted(phrase('Agents can use SeMap only in a workspace that you trust.'));
    const folders = vscode.workspace.workspaceFolders ?? [];
    const places = new RootedPlaces(
      folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath),
    );
    const asked = askedTool(name, input);
    // The chat shows that a tool works, but not how far it is: that stands in the status bar.
    const { told, pictures } = await withProgress(say(asked.doing), (tell) =>
      // What it writes, the person was asked before.
      useTool(
        asked,
        { ...parts, mayWrite: true },
        { places, signal: abortedBy(token), report: ({ message }) => tell(say(message)) },
      ),
    );
    return resultOf(escapeHidden(JSON.stringify(told)), pictures);
  } catch (error) {
    if (token.isCancellationRequested) throw new vscode.CancellationError();
    // A model learns more from the words of a failure than from an exception, which hosts cut.
    return resultOf(JSON.stringify({ error: failureText(error) }));
  }
}

/** Pictures need a VS Code that can hand them to models. */
function resultOf(text: string, pictures: readonly Picture[] = []): Result {
  const Data = vscode.LanguageModelDataPart;
  const shown = Data ? pictures.map(({ type, bytes }) => Data.image(bytes, type)) : [];
  const lacking = shown.length < pictures.length ? [new vscode.LanguageModelTextPart(say(CANNOT_SHOW))] : [];
  const parts = [new vscode.LanguageModelTextPart(text), ...shown, ...lacking];
  return new vscode.LanguageModelToolResult(
    parts as ConstructorParameters<typeof vscode.LanguageModelToolResult>[0],
  );
}
