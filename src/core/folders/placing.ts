import { type Layout, type SplitName, splitOf } from './layout.ts';

/** Where an image stands in a data set. */
export interface Place {
  /** The class that its folder or name says; the chosen folder's name where neither says any. */
  readonly classFolder: string;
  readonly split?: SplitName | undefined;
}

/**
 * What a layout says of an image.
 * @param root name of the chosen folder
 * @param folders below the chosen one that lead to the image
 */
export function placeOf(layout: Layout, root: string, folders: readonly string[], fileName: string): Place {
  const { splitLevel } = layout;
  const splitName = splitLevel === 0 ? root : splitLevel && folders[splitLevel - 1];
  const split = splitName ? splitOf(splitName) : undefined;
  const classFolder = classOf(layout, folders, fileName) ?? root;
  return split ? { classFolder: composed(classFolder), split } : { classFolder: composed(classFolder) };
}

function classOf(layout: Layout, folders: readonly string[], fileName: string): string | undefined {
  if (layout.kind === 'flat') return undefined;
  if (layout.kind === 'names') return classInName(fileName);
  const level = layout.kind === 'classes' ? layout.level : layout.splitLevel === 1 ? 2 : 1;
  // An image above the level is of the folder that it lies in.
  for (let at = Math.min(level, folders.length); at > 0; at--)
    if (at !== layout.splitLevel) return folders[at - 1];
  return undefined;
}

/**
 * What stands for an image wherever its data set lies: its class and its name. What is no training image has its split
 * before it: splits often number their images alike, and an image learned from is not that of the same name in the others.
 */
export function nameInDataSet({ classFolder, split }: Place, fileName: string): string {
  const name = `${classFolder}/${fileName}`;
  return split === undefined || split === 'train' ? name : `${split}:${name}`;
}

/** macOS takes accents apart, others do not: a class is the same. */
function composed(name: string): string {
  return name.normalize('NFC');
}

/** What cameras and programs call all pictures. */
const NO_CLASS =
  /^(?:img|image|images?|im|dsc[nf]?|dscf?|pict?|pic|picture|photo|foto|pxl|mvi|dji|gopr|gp|vid|mov|p|sam|cimg|wp|wa|whatsapp image|fb img|screenshot|screen shot|scan|frame|file|sample|data|test|train|val|valid|validation|untitled|unnamed|download|s|id|no|nr|n|x|page|thumb|copy|crop|output|result|new)$/i;

/** The class at the start of a file name: `cat` of `cat.0.jpg`, `cat_001.jpg`, `cat (1).jpg` and `great dane-12.jpg`. */
export function classInName(fileName: string): string | undefined {
  const found = /^(\p{L}[\p{L}\p{M}\p{N}' _-]*?)[ ._-]*[([]?\d+[)\]]?\.[^.]+$/u.exec(fileName);
  if (!found) return undefined;
  const name = found[1].replaceAll(/[_-]+/g, ' ').trim();
  return /\p{L}{2}/u.test(name) && !NO_CLASS.test(name) ? name : undefined;
}
