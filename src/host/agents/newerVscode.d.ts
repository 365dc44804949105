import 'vscode';

/** What newer versions of VS Code have than the oldest that SeMap runs in: each is looked for before it is used. */
declare module 'vscode' {
  /** From 1.101 on. */
  export const McpStdioServerDefinition:
    | undefined
    | (new (
        label: string,
        command: string,
        args: string[],
        env: Record<string, string>,
        version: string,
      ) => object);

  /** What a model gets that is no text. */
  export const LanguageModelDataPart:
    | undefined
    | {
        image(bytes: Uint8Array, mimeType: string): { readonly mimeType: string; readonly data: Uint8Array };
      };

  export namespace lm {
    /** From 1.101 on. */
    export const registerMcpServerDefinitionProvider:
      | undefined
      | ((
          id: string,
          provider: {
            readonly onDidChangeMcpServerDefinitions: Event<void>;
            readonly provideMcpServerDefinitions: () => object[];
          },
        ) => Disposable);
  }
}
