import type { VscodeSingleSelect } from '@vscode-elements/elements/dist/vscode-single-select/index.js';
import { dropHidden, oneLine } from '../../src/core/text/plainText.ts';

/** What an element is made with: `class`, ARIA and data attributes, and listeners as `onclick`. */
export interface Attributes {
  readonly [name: string]: string | number | boolean | ((event: Event) => void) | undefined;
}

export type Child = Node | string | undefined;

/** Attributes that are read to a person, or by one. */
const READ = new Set(['title', 'alt', 'placeholder', 'aria-label', 'aria-description', 'aria-valuetext']);

/** Makes an element. Strings become text, never markup, without what is hidden in them. */
export function element<Tag extends string>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): Tag extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Tag] : HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (READ.has(name)) setReadAttribute(made, name, String(value));
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (child !== undefined) made.append(typeof child === 'string' ? dropHidden(child) : child);
  }
  return made as never;
}

/** Replaces what an element says, without what is hidden in it. */
export function setText(place: Element, text: string): void {
  place.replaceChildren(dropHidden(text));
}

/** Sets an attribute that is read to a person, or by one: `title`, `aria-label` and the like. */
export function setReadAttribute(place: Element, name: string, text: string): void {
  place.setAttribute(name, dropHidden(text));
}

/** Why a page is only shown; undefined where it is not. */
export function readOnlyWords(): string | undefined {
  return globalThis.document?.body?.dataset['readOnly'];
}

/**
 * Marks a control that runs something or changes a file. Where a page is only shown, it looks and reads as one that is off,
 * and says why: it stays in the way of the keyboard, and the host answers it with the same sentence.
 */
export function acting<Control extends HTMLElement>(control: Control): Control {
  const why = readOnlyWords();
  if (why === undefined) return control;
  control.setAttribute('aria-disabled', 'true');
  setReadAttribute(control, 'title', why);
  if (control instanceof HTMLInputElement) control.disabled = true;
  return control;
}

/** A codicon; decoration, so hidden from screen readers. */
export function icon(name: string): HTMLElement {
  return element('span', { class: `codicon codicon-${name}`, 'aria-hidden': 'true' });
}

/** A small button with an icon only; `title` is its name. */
export function iconButton(name: string, title: string, onclick: () => void, testId?: string): HTMLElement {
  return element(
    'button',
    { class: 'icon-button', type: 'button', title, 'aria-label': title, 'data-testid': testId, onclick },
    icon(name),
  );
}

/** A button that reads as a link. */
export function linkButton(
  text: string | Node,
  onclick: () => void,
  testId?: string,
  title?: string,
): HTMLElement {
  return element(
    'button',
    { class: 'link-button', type: 'button', title: title?.slice(0, 300), 'data-testid': testId, onclick },
    text,
  );
}

/** A button with a verb on it. */
export function textButton(
  title: string,
  onclick: () => void,
  options: { secondary?: boolean; testId?: string; title?: string } = {},
): HTMLElement {
  return element(
    'vscode-button',
    {
      secondary: options.secondary === true,
      'data-testid': options.testId,
      title: options.title,
      onclick,
    },
    title,
  );
}

/** A text with nodes for its placeholders: `withNodes(t('Use Only for {0}'), label(name))`. */
export function withNodes(text: string, ...nodes: readonly Node[]): Child[] {
  return text.split(/\{(\d)\}/).map((part, i) => (i % 2 === 0 ? part : nodes[Number(part)]));
}

/** Untrusted text in one line that shows all there is in it, with its direction kept to itself. */
export function label(text: string, className = 'label'): HTMLElement {
  const line = oneLine(text, 1000);
  return element('bdi', { class: className, title: line }, line);
}

/** A table. Headings given as texts are those of columns; `rows` may be filled later. */
export function table(
  attributes: Attributes,
  headings: readonly Child[],
  rows: readonly Node[] | HTMLTableSectionElement,
): HTMLTableElement {
  const heads = headings.map((one) => (typeof one === 'string' ? element('th', { scope: 'col' }, one) : one));
  const body = rows instanceof HTMLElement ? rows : element('tbody', {}, ...rows);
  return element('table', attributes, element('thead', {}, element('tr', {}, ...heads)), body);
}

/** A share in [0, 1] as a bar; decoration. */
export function bar(share: number): HTMLElement {
  const fill = element('span', { class: 'bar-fill' });
  fill.style.width = `${Math.round(100 * share)}%`;
  return element('span', { class: 'bar', 'aria-hidden': 'true' }, fill);
}

/** A list of which one is chosen. */
export function select<Value extends string>(
  name: string,
  options: readonly (readonly [Value, string])[],
  chosen: Value,
  testId: string,
  changed: (value: Value) => void,
): VscodeSingleSelect {
  const made = element(
    'vscode-single-select',
    { label: name, 'aria-label': name, title: name, 'data-testid': testId },
    ...options.map(([value, text]) => element('vscode-option', { value, selected: value === chosen }, text)),
  ) as VscodeSingleSelect;
  made.addEventListener('change', () => changed(made.value as Value));
  return made;
}

/** An element of a picture; a string in it is text. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly (SVGElement | string)[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  for (const child of children) made.append(typeof child === 'string' ? dropHidden(child) : child);
  return made;
}
