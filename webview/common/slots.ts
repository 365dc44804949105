/** What a slot shows, and what draws it. */
export interface Shown {
  /** As long as this is the same, the slot is not drawn again. */
  readonly of: unknown;
  readonly draw: () => readonly Node[];
}

/** Elements of a page that stay and are filled again when what they show has changed. */
export class Slots {
  /** What each was last filled from. */
  readonly #drawn = new Map<HTMLElement, string>();

  /** The button in it that has the keyboard keeps it. */
  fill(slot: HTMLElement, { of, draw }: Shown): void {
    const key = JSON.stringify(of) ?? '';
    if (this.#drawn.get(slot) === key) return;
    this.#drawn.set(slot, key);
    const focused = slot.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset['testid']
      : undefined;
    slot.replaceChildren(...draw());
    if (focused === undefined) return;
    const again = slot.querySelector<HTMLElement>(`[data-testid="${CSS.escape(focused)}"]`);
    (again ?? slot.querySelector<HTMLElement>('vscode-button'))?.focus();
  }
}
