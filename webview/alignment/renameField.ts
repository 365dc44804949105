import { element } from '../common/element.ts';
import { t } from '../common/language.ts';

/** A text field over a name: Enter and leaving it take the new name, Escape the old one. */
export function renameField(name: string, done: (next: string) => void): HTMLInputElement {
  const field = element('input', {
    class: 'rename',
    type: 'text',
    value: name,
    'aria-label': t('New name of {0}', name),
    'data-testid': 'alignment-rename-field',
  });
  let over = false;
  const end = (next: string) => {
    if (over) return;
    over = true;
    done(next.trim() === '' ? name : next.trim());
  };
  field.addEventListener('keydown', (event) => {
    event.stopPropagation();
    // A word that is composed is not the name yet.
    if (event.isComposing) return;
    if (event.key === 'Enter') end(field.value);
    else if (event.key === 'Escape') end(name);
  });
  field.addEventListener('blur', () => end(field.value));
  return field;
}

/** Puts the field in the place of an element and the cursor into it. */
export function startRenaming(shown: HTMLElement, field: HTMLInputElement): void {
  shown.replaceChildren(field);
  field.focus();
  field.select();
}
