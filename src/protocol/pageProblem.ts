/** Why something is not there, and the buttons that the host offers for it: a page sends back the index of one. */
export interface PageProblem {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly actions: readonly { readonly title: string }[];
}
