import { t } from '../common/language.ts';
import { undoKey } from './cellKeys.ts';

interface UndoParts {
  /** Whether undo is the page's: in an editor it is VS Code's. */
  readonly isOfPage: () => boolean;
  /** @returns whether there was something to undo or redo */
  readonly step: (step: 'undo' | 'redo') => Promise<boolean>;
  readonly say: (words: string) => void;
}

/**
 * In the side panel undo is the page's: VS Code's would take something back in the editor in front, whatever that is.
 * A field undoes what is typed in it, also in the editor.
 */
export function listenForUndo({ isOfPage, step, say }: UndoParts): void {
  document.addEventListener('keydown', (event) => {
    const which = undoKey(event);
    const [at] = event.composedPath();
    const inField = at instanceof HTMLInputElement;
    if (!which || !(inField || isOfPage())) return;
    // VS Code listens at the window.
    event.stopPropagation();
    if (inField) return;
    event.preventDefault();
    void step(which)
      .catch(() => false)
      .then((done) => {
        const said = which === 'undo' ? t('The last change is undone.') : t('The change is made again.');
        say(done ? said : t('There is nothing to undo or redo.'));
      });
  });
}
