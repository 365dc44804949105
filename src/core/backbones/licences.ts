import { dropHidden } from '../text/plainText.ts';

/*
 * What a model's files say of its licence. All of it is text of others: a name is cut to one short line, and never taken for
 * more than a name.
 */

const LONGEST = 100;
/** Of a model card: what follows in the line is no name. */
const LONGEST_LINE = 1000;

/** Names of files that hold a licence's text. */
export function isLicenceFile(name: string): boolean {
  return /^(?:licen[cs]e|copying)(?:[.-][\w.-]{1,40})?$/i.test(name);
}

/** A name on one line; undefined for what is none. */
export function licenceName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const line = dropHidden(value).replace(/\s+/g, ' ').trim();
  if (line === '' || /^(?:none|null|unknown|n\/a|-+)$/i.test(line)) return undefined;
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** What the front matter of a model card says: `license: mit`, a list of them, or another one by its name. */
export function licenceOfCard(readme: string): string | undefined {
  const front = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---/.exec(readme)?.[1];
  if (front === undefined) return undefined;
  const field = (name: RegExp) => {
    const lines = front.split(/\r?\n/);
    const at = lines.findIndex((line) => name.test(line));
    if (at < 0) return undefined;
    const own = unquoted(lines[at].slice(lines[at].indexOf(':') + 1));
    if (own !== '') return own.replace(/^\[(.*)\]$/, '$1');
    const items: string[] = [];
    for (const line of lines.slice(at + 1)) {
      const item = /^\s*-\s+(.*)$/.exec(line)?.[1];
      if (item === undefined) break;
      items.push(unquoted(item));
    }
    return items.join(', ');
  };
  const said = licenceName(field(/^licen[cs]e\s*:/i));
  return said === undefined || /^other$/i.test(said)
    ? (licenceName(field(/^licen[cs]e_name\s*:/i)) ?? licenceName(field(/^licen[cs]e_link\s*:/i)) ?? said)
    : said;
}

function unquoted(value: string): string {
  return value
    .slice(0, LONGEST_LINE)
    .replace(/\s+#.*$/, '')
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2');
}

/** What is at the head of the texts of usual licences, the more particular before the more general. */
const TEXTS: readonly (readonly [words: RegExp, name: string])[] = [
  [/gnu affero general public license[\s\S]{0,200}version 3/i, 'AGPL-3.0'],
  [/gnu lesser general public license[\s\S]{0,200}version 3/i, 'LGPL-3.0'],
  [/gnu lesser general public license[\s\S]{0,200}version 2\.1/i, 'LGPL-2.1'],
  [/gnu general public license[\s\S]{0,200}version 3/i, 'GPL-3.0'],
  [/gnu general public license[\s\S]{0,200}version 2/i, 'GPL-2.0'],
  [/apache license[\s\S]{0,200}version 2\.0/i, 'Apache-2.0'],
  [/mozilla public license[\s\S]{0,100}version 2\.0/i, 'MPL-2.0'],
  [/creative commons attribution-noncommercial-sharealike 4\.0/i, 'CC-BY-NC-SA-4.0'],
  [/creative commons attribution-noncommercial-noderivatives 4\.0/i, 'CC-BY-NC-ND-4.0'],
  [/(?:creative commons )?attribution-noncommercial 4\.0/i, 'CC-BY-NC-4.0'],
  [/creative commons attribution-sharealike 4\.0|attribution-sharealike 4\.0 international/i, 'CC-BY-SA-4.0'],
  [/creative commons attribution 4\.0|attribution 4\.0 international/i, 'CC-BY-4.0'],
  [/cc0 1\.0 universal/i, 'CC0-1.0'],
  [/this is free and unencumbered software released into the public domain/i, 'Unlicense'],
  [/permission to use, copy, modify, and\/or distribute this software for any/i, 'ISC'],
  [/permission is hereby granted, free of charge, to any person obtaining a copy/i, 'MIT'],
  [/redistribution and use in source and binary forms[\s\S]{0,1500}neither the name/i, 'BSD-3-Clause'],
  [/redistribution and use in source and binary forms/i, 'BSD-2-Clause'],
];

const HEAD = 4000;

/** The name of a licence by its text; of one that is not known its first line. */
export function licenceOfText(text: string): string | undefined {
  const head = text.slice(0, HEAD);
  const known = TEXTS.find(([words]) => words.test(head))?.[1];
  return known ?? licenceName(head.split(/\r?\n/).find((line) => line.trim() !== ''));
}

/** What the key and value pairs of an ONNX file say. */
export function licenceOfMetadata(metadata: Readonly<Record<string, string>>): string | undefined {
  const key = Object.keys(metadata).find((name) => /^(?:model[_.\s-]?)?licen[cs]e$/i.test(name.trim()));
  return key === undefined ? undefined : licenceName(metadata[key]);
}
