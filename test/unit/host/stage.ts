/** A quick pick or input box of the fake VS Code, and what a person can do with it. */
export interface AnswerableInput {
  readonly title?: string;
  readonly step?: number;
  readonly totalSteps?: number;
  readonly value?: string;
  readonly placeholder?: string;
  readonly items?: readonly { readonly label: string; readonly kind?: number }[];
  readonly activeItems?: readonly { readonly label: string }[];
  readonly validationMessage?: string;
  choose(label: string): void;
  enter(value: string): void;
  back(): void;
  hide(): void;
}

export interface Stage {
  open: AnswerableInput | undefined;
  messages: {
    readonly kind: string;
    readonly message: string;
    readonly items: readonly string[];
    /** Of a modal dialog. */
    readonly detail?: string;
  }[];
  /** The button that the person presses. */
  answer: string | undefined;
  executed: unknown[][];
  folders: string[];
  trusted: boolean;
  /** Settings of the person, and of the workspace: those go first. */
  configuration: Record<string, unknown>;
  workspaceConfiguration: Record<string, unknown>;
  /** What a search of the workspace finds. */
  files: string[];
  /** What the person picks in a file dialog; undefined = cancel. */
  picked: string[] | undefined;
  /** Language models that extensions may use, as VS Code gives them. */
  models: unknown[];
  /** Documents that editors were opened for. */
  /** What was registered for language models and agents, by name. */
  tools: Map<string, unknown>;
  shown: { readonly uri: { readonly path: string }; readonly text: string }[];
}
