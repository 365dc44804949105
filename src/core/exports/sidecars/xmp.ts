import { DOMParser, type Document, type Element, type Node, XMLSerializer } from '@xmldom/xmldom';
import { XmlProblem, xmlTags } from '../../text/xmlTags.ts';
import { rounded } from '../rounded.ts';

/** What is said of an image in its sidecar. */
export interface Tagging {
  readonly label: string;
  /** Kinds that it belongs to, the broadest first, without the label itself; empty where they are not known. */
  readonly kinds: readonly string[];
  readonly confidence: number;
  readonly backbone: string;
}

export interface XmpOptions {
  /** Also writes what digiKam calls its tags; where a sidecar has some, they are kept up anyway. */
  readonly digiKam?: boolean | undefined;
  /** Ending of the image's file, where the sidecar's name does not say it. */
  readonly extension?: string | undefined;
}

/** The file is XML, but has no XMP. */
export class NoXmp extends Error {}

const NS = {
  x: 'adobe:ns:meta/',
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  dc: 'http://purl.org/dc/elements/1.1/',
  lr: 'http://ns.adobe.com/lightroom/1.0/',
  digiKam: 'http://www.digikam.org/ns/1.0/',
  photoshop: 'http://ns.adobe.com/photoshop/1.0/',
  semap: 'urn:semap:xmp:1.0/',
} as const;
const XMLNS = 'http://www.w3.org/2000/xmlns/';

type Prefix = keyof typeof NS;

/** A tree of so many takes some seconds and half a gigabyte; brushes of Lightroom's masks have some ten thousand. */
const MOST_TAGS = 200_000;

/** A list of an XMP document that others write too, and where it is noted which of its entries are SeMap's. */
interface Tags {
  readonly prefix: Prefix;
  readonly name: string;
  readonly list: 'Bag' | 'Seq';
  /** In SeMap's own namespace. */
  readonly ours: string;
  valuesOf(tagging: Tagging): readonly string[];
}

const SUBJECT: Tags = {
  prefix: 'dc',
  name: 'subject',
  list: 'Bag',
  ours: 'Subject',
  valuesOf: ({ label }) => [plain(label)],
};
const HIERARCHY: Tags = {
  prefix: 'lr',
  name: 'hierarchicalSubject',
  list: 'Bag',
  ours: 'HierarchicalSubject',
  valuesOf: (tagging) => pathOf(tagging, '|', '/'),
};
const TAGS_LIST: Tags = {
  prefix: 'digiKam',
  name: 'TagsList',
  list: 'Seq',
  ours: 'TagsList',
  valuesOf: (tagging) => {
    const [path = plain(tagging.label).replaceAll('/', '-')] = pathOf(tagging, '/', '-');
    return [path];
  },
};

/** Levels of a hierarchy in one text; nothing where there is one level alone. */
function pathOf({ label, kinds }: Tagging, separator: string, instead: string): readonly string[] {
  if (kinds.length === 0) return [];
  return [[...kinds, label].map((level) => plain(level).replaceAll(separator, instead)).join(separator)];
}

/**
 * An XMP sidecar with what is said of its image; everything else in it stays. Labels that SeMap wrote there before go, but not
 * where a person wrote the same one: SeMap notes in a namespace of its own which are its.
 *
 * @param existing undefined: a new file
 * @param tagging undefined: nothing is said any more
 * @returns undefined where there is nothing to change
 * @throws {XmlProblem} for XML that is broken or not safe; {@link NoXmp}
 */
export function taggedXmp(
  existing: string | undefined,
  tagging: Tagging | undefined,
  options: XmpOptions = {},
): string | undefined {
  if (existing === undefined || existing.trim() === '')
    return tagging && changed(emptyXmp(options), tagging, options);
  return changed(existing, tagging, options);
}

/** What photo.xmp says it belongs to, such as `CR2`; undefined where it says nothing, or cannot be read. */
export function extensionOfSidecar(text: string): string | undefined {
  const found =
    /photoshop:SidecarForExtension\s*=\s*["']([^"'<]{1,10})["']/.exec(text) ??
    /<photoshop:SidecarForExtension>([^<]{1,10})</.exec(text);
  return found?.[1];
}

function changed(text: string, tagging: Tagging | undefined, options: XmpOptions): string | undefined {
  const root = rootOf(text);
  const document = parsed(text.slice(root.start, root.end));
  const xmp = new XmpDocument(document);
  let isChanged = false;
  const had = xmp.hasOurs();
  for (const tags of [SUBJECT, HIERARCHY, TAGS_LIST]) {
    const isWanted = tags !== TAGS_LIST || options.digiKam || xmp.has(tags.prefix, tags.name);
    const wanted = tagging && isWanted ? unique(tags.valuesOf(tagging)) : [];
    if (xmp.setTags(tags, wanted)) isChanged = true;
  }
  if (!isChanged && !tagging && !had) return undefined;
  const notes = {
    Label: tagging?.label,
    Confidence: tagging && String(rounded(tagging.confidence)),
    Backbone: tagging?.backbone,
  };
  for (const [name, value] of Object.entries(notes))
    if (xmp.setNote(name, value === undefined ? undefined : plain(value))) isChanged = true;
  if (!isChanged) return undefined;
  const written = new XMLSerializer().serializeToString(document.documentElement!);
  const inLines = /\r\n/.test(text) ? written.replaceAll(/\r?\n/g, '\r\n') : written;
  return asUtf8(text.slice(0, root.start)) + inLines + text.slice(root.end);
}

/** Where the root element stands. Everything that is not safe to be parsed is refused here. */
function rootOf(text: string): { readonly start: number; readonly end: number } {
  let [start, end, hasRdf] = [-1, -1, false];
  let tags = 0;
  for (const tag of xmlTags(text)) {
    if (++tags > MOST_TAGS) throw new XmlProblem('too-long');
    if (start < 0) start = tag.start;
    if (/(?:^|:)RDF$/.test(tag.name)) hasRdf = true;
    end = tag.end;
  }
  if (!hasRdf) throw new NoXmp();
  return { start, end };
}

function parsed(text: string): Document {
  try {
    const onError = (level: string) => {
      // A sign that stands for a lost one is worth a warning to it.
      if (level !== 'warning') throw new XmlProblem('malformed');
    };
    return new DOMParser({ onError }).parseFromString(text, 'text/xml');
  } catch {
    throw new XmlProblem('malformed');
  }
}

/** What stands before the root, where it says in which encoding the rest is: it is written as UTF-8. */
function asUtf8(prologue: string): string {
  return prologue.replace(/^(\ufeff?<\?xml[^>]*?encoding=)(["'])[^"']*\2/, '$1$2UTF-8$2');
}

function emptyXmp({ extension }: XmpOptions): string {
  const own =
    extension === undefined
      ? ''
      : `\n    xmlns:photoshop="${NS.photoshop}"\n    photoshop:SidecarForExtension="${plain(extension).replaceAll(/[^\p{L}\p{N}]/gu, '')}"`;
  return `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="${NS.x}" x:xmptk="SeMap">
 <rdf:RDF xmlns:rdf="${NS.rdf}">
  <rdf:Description rdf:about=""${own}>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`;
}

class XmpDocument {
  readonly #document: Document;
  readonly #rdf: Element;

  constructor(document: Document) {
    const rdf = document.getElementsByTagNameNS(NS.rdf, 'RDF')[0];
    if (!rdf) throw new NoXmp();
    this.#document = document;
    this.#rdf = rdf;
  }

  has(prefix: Prefix, name: string): boolean {
    return this.#properties(prefix, name).length > 0;
  }

  hasOurs(): boolean {
    return this.#descriptions().some(
      (one) =>
        childrenOf(one).some(({ namespaceURI }) => namespaceURI === NS.semap) ||
        attributesOf(one).some(({ namespaceURI }) => namespaceURI === NS.semap),
    );
  }

  /** Puts SeMap's entries of a list in place of those that it wrote before. @returns whether anything is another */
  setTags({ prefix, name, list, ours }: Tags, wanted: readonly string[]): boolean {
    const before = this.#properties('semap', ours).flatMap(valuesIn);
    let isChanged = false;
    for (const property of this.#properties(prefix, name)) {
      for (const item of itemsOf(property)) {
        const value = item.textContent?.trim() ?? '';
        if (!before.includes(value) || wanted.includes(value)) continue;
        removeWithBlanks(item);
        isChanged = true;
      }
    }
    const there = this.#properties(prefix, name).flatMap(valuesIn);
    const missing = wanted.filter((value) => !there.includes(value));
    if (missing.length > 0) {
      this.#add(prefix, name, list, missing);
      isChanged = true;
    }
    for (const property of this.#properties(prefix, name))
      if (valuesIn(property).length === 0 && isChanged) removeWithBlanks(property);
    // What a person wrote is not SeMap's to remove later.
    const mine = wanted.filter((value) => missing.includes(value) || before.includes(value));
    if (mine.length === before.length && mine.every((value, i) => value === before[i])) return isChanged;
    for (const property of this.#properties('semap', ours)) removeWithBlanks(property);
    if (mine.length > 0) this.#add('semap', ours, list, mine);
    return true;
  }

  /** One of SeMap's own properties. @returns whether it is another */
  setNote(name: string, value: string | undefined): boolean {
    const [first, ...others] = this.#properties('semap', name);
    if (first !== undefined && others.length === 0 && first.textContent === value) return false;
    if (first === undefined && value === undefined) return false;
    for (const property of [first, ...others]) if (property) removeWithBlanks(property);
    if (value !== undefined) this.#addProperty('semap', name).textContent = value;
    return true;
  }

  #add(prefix: Prefix, name: string, list: 'Bag' | 'Seq', values: readonly string[]): void {
    const property = this.#properties(prefix, name)[0] ?? this.#addProperty(prefix, name);
    let inside = childrenOf(property).find(isList);
    if (!inside) {
      const alone = property.textContent?.trim() ?? '';
      property.textContent = '';
      inside = this.#document.createElementNS(NS.rdf, `${this.#prefix(property, 'rdf')}:${list}`);
      appendIndented(property, inside);
      if (alone !== '') this.#addItem(inside, alone);
    }
    for (const value of values) this.#addItem(inside, value);
  }

  #addItem(list: Element, value: string): void {
    const item = this.#document.createElementNS(NS.rdf, `${this.#prefix(list, 'rdf')}:li`);
    item.textContent = value;
    appendIndented(list, item);
  }

  #addProperty(prefix: Prefix, name: string): Element {
    let home = this.#descriptions()[0];
    if (!home) {
      home = this.#document.createElementNS(NS.rdf, `${this.#prefix(this.#rdf, 'rdf')}:Description`);
      home.setAttributeNS(NS.rdf, `${this.#prefix(this.#rdf, 'rdf')}:about`, '');
      appendIndented(this.#rdf, home);
    }
    const property = this.#document.createElementNS(NS[prefix], `${this.#prefix(home, prefix)}:${name}`);
    appendIndented(home, property);
    return property;
  }

  /** A prefix for a namespace at an element; declared there where there is none. */
  #prefix(at: Element, prefix: Prefix): string {
    const known = at.lookupPrefix(NS[prefix]);
    if (known) return known;
    let free: string = prefix;
    for (let n = 2; at.lookupNamespaceURI(free) !== null; n++) free = `${prefix}${n}`;
    at.setAttributeNS(XMLNS, `xmlns:${free}`, NS[prefix]);
    return free;
  }

  /** Elements of a property. One that is written as an attribute becomes an element. */
  #properties(prefix: Prefix, name: string): Element[] {
    return this.#descriptions().flatMap((description) => {
      const value = description.getAttributeNS(NS[prefix], name);
      if (value !== null && description.hasAttributeNS(NS[prefix], name)) {
        description.removeAttributeNS(NS[prefix], name);
        const property = this.#document.createElementNS(
          NS[prefix],
          `${this.#prefix(description, prefix)}:${name}`,
        );
        property.textContent = value;
        appendIndented(description, property);
      }
      return childrenOf(description).filter(
        ({ namespaceURI, localName }) => namespaceURI === NS[prefix] && localName === name,
      );
    });
  }

  #descriptions(): Element[] {
    return childrenOf(this.#rdf).filter(
      ({ namespaceURI, localName }) => namespaceURI === NS.rdf && localName === 'Description',
    );
  }
}

function isList({ namespaceURI, localName }: Element): boolean {
  return namespaceURI === NS.rdf && ['Bag', 'Seq', 'Alt'].includes(localName ?? '');
}

/** Entries of a list; a property without a list is its own one. */
function itemsOf(property: Element): Element[] {
  const list = childrenOf(property).find(isList);
  if (!list) return [property];
  return childrenOf(list).filter(
    ({ namespaceURI, localName }) => namespaceURI === NS.rdf && localName === 'li',
  );
}

function valuesIn(property: Element): string[] {
  return itemsOf(property)
    .map((item) => item.textContent?.trim() ?? '')
    .filter((value) => value !== '');
}

function childrenOf(node: Element): Element[] {
  return [...node.childNodes].filter((child): child is Element => child.nodeType === 1);
}

function attributesOf(node: Element) {
  return [...node.attributes];
}

/** As the last one, on a line of its own where the others are. */
function appendIndented(parent: Element, child: Element): void {
  const document = parent.ownerDocument!;
  const last = parent.lastChild;
  const before = childrenOf(parent)
    .map(({ previousSibling }) => previousSibling)
    .find(isBlank);
  const own = isBlank(parent.previousSibling) ? parent.previousSibling.nodeValue! : undefined;
  const indent = before?.nodeValue ?? (own === undefined ? undefined : `${own} `);
  if (isBlank(last)) parent.removeChild(last);
  if (indent !== undefined) parent.appendChild(document.createTextNode(indent));
  parent.appendChild(child);
  const end = isBlank(last) ? last.nodeValue! : own;
  if (end !== undefined) parent.appendChild(document.createTextNode(end));
}

function removeWithBlanks(node: Element): void {
  const { previousSibling, parentNode } = node;
  if (isBlank(previousSibling)) parentNode?.removeChild(previousSibling);
  parentNode?.removeChild(node);
}

function isBlank(node: Node | null | undefined): node is Node {
  return node?.nodeType === 3 && (node.nodeValue ?? '').trim() === '';
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

/** Without what XML cannot have, on one line. */
function plain(text: string): string {
  return text
    .replaceAll(/\p{Cs}/gu, '\ufffd')
    .replaceAll(/[\p{Cc}\ufffe\uffff ]+/gu, ' ')
    .trim();
}
