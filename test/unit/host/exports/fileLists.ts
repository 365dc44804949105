import { eventually, stage } from '../withFakeVscode.ts';

const { tabsChanged } = (await import('vscode')) as unknown as {
  tabsChanged: { fire(change: { opened: readonly unknown[]; closed: readonly { input: unknown }[] }): void };
};

/** The list of files that is open in an editor, once it is. */
export function listShown(): Promise<(typeof stage.shown)[number]> {
  return eventually(() => stage.shown.at(-1), 'a list of files');
}

/** Closes its tab, and another before it. */
export function closeList(): void {
  const uri = stage.shown.at(-1)?.uri;
  tabsChanged.fire({ opened: [], closed: [{ input: undefined }] });
  tabsChanged.fire({ opened: [], closed: [{ input: { uri } }] });
}
