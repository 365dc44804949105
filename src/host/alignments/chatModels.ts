import * as vscode from 'vscode';

/** A language model that VS Code lends to extensions. */
export interface ChatModel {
  readonly name: string;
  /** Who brings it, in a word. */
  readonly vendor: string;
  /** Input that it takes, in tokens. */
  readonly room: number;
  countTokens(text: string): Promise<number>;
  /**
   * Asks it once; VS Code asks the person before the first time.
   * @param why what VS Code shows with its question
   * @param longest an answer with more characters than this is cut
   */
  ask(question: string, why: string, longest: number, signal: AbortSignal): Promise<string>;
}

/** The models that there are now; empty where no extension brings any. */
export async function chatModels(): Promise<readonly ChatModel[]> {
  return (await vscode.lm.selectChatModels()).map((model) => ({
    name: model.name,
    vendor: model.vendor,
    room: model.maxInputTokens,
    countTokens: async (text) => model.countTokens(text),
    ask: (question, why, longest, signal) => answerOf(model, question, why, longest, signal),
  }));
}

async function answerOf(
  model: vscode.LanguageModelChat,
  question: string,
  why: string,
  longest: number,
  signal: AbortSignal,
): Promise<string> {
  const source = new vscode.CancellationTokenSource();
  const stop = () => source.cancel();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const message = vscode.LanguageModelChatMessage.User(question);
    const response = await model.sendRequest([message], { justification: why }, source.token);
    let answer = '';
    for await (const part of response.text) {
      answer += part;
      if (answer.length > longest || signal.aborted) break;
    }
    return answer;
  } finally {
    signal.removeEventListener('abort', stop);
    source.cancel();
    source.dispose();
  }
}
