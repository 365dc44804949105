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
  options: { secondary?: boolean; testId?: string } = {},
): HTMLElement {
  return element(
    'vscode-button',
    { secondary: options.secondary === true, 'data-testid': options.testId, onclick },
    title,
  );
}

/** A text with nodes for its placeholders: `withNodes(t('Keep for {0}'), label(name))`. */
export function withNodes(text: string, ...nodes: readonly Node[]): Child[] {
  return text.split(/\{(\d)\}/).map((part, i) => (i % 2 === 0 ? part : nodes[Number(part)]));
}

/** Untrusted text in one line that shows all there is in it, with its direction kept to itself. */
export function label(text: string, className = 'label'): HTMLElement {
  const line = oneLine(text, 1000);
  return element('bdi', { class: className, title: line }, line);
}
