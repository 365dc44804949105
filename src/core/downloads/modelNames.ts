/*
 * How models are called. A file's own name says which model it is, unless it is one that exporters give to all: then the
 * nearest folder that says it.
 */

/** File names, without `.onnx`, that exporters give to every model. Digits are never parted: long rows of them have no end. */
const FILE =
  /^(?:model|weights|best|last|final|export(?:ed)?|output|checkpoint|ckpt|saved_?model|inference|frozen_?graph|graph|network|untitled|(?:vision|text)_model|(?:visual|textual))(?:[ ._-]*(?:fp32|fp16|float32|float16|half|int8|uint8|q8|q4|q4f16|bnb4|quant(?:ized)?|opt(?:imi[sz]ed)?|sim(?:plified)?|static|dynamic|best|last|final|export(?:ed)?|onnx|copy|v?\d{1,4}(?!\d)|\(\d{1,4}\)))*$/i;

/** Folder names that say what kind of thing is in them, a version, or a commit. */
const FOLDER =
  /^(?:onnx|models?|nets?|export(?:s|ed)?|weights?|best|last|final|checkpoints?|ckpts?|outputs?|out|results?|build|dist|release|saved_?models?|snapshots|backbones?|assets|public|static|resources?|res|src|data|files?|downloads?|desktop|documents|tmp|temp|v?\d{1,4}|[0-9a-f]{40})$/i;

/** Whether a file's name, without `.onnx`, says nothing about which model it is. */
export function isUnsaying(name: string): boolean {
  return FILE.test(name);
}

/** Whether a folder's name only says what kind of thing is in it: what is said of its models may be above it. */
export function isUnsayingFolder(name: string): boolean {
  return FOLDER.test(name);
}

/** How far up a name is looked for. */
const MOST_FOLDERS = 6;

/**
 * The name of a model: that of its file (`resnet18`), or of the nearest folder that says more than *model* or *export* where
 * the file is called so.
 * @param place the file and the folders above it, the file last, from the first that may give a name
 */
export function modelName(place: readonly string[]): string {
  const base = (place.at(-1) ?? '').replace(/\.onnx$/i, '');
  if (!isUnsaying(base)) return base;
  const folders = place.slice(0, -1).slice(-MOST_FOLDERS);
  return hubFolder(folders.findLast((folder) => folder !== '' && !isUnsayingFolder(folder))) ?? base;
}

/** The same of a folder: its own name, or that of the nearest one above that says more. */
export function modelFolderTitle(place: readonly string[]): string {
  const folders = place.slice(-MOST_FOLDERS);
  return (
    hubFolder(folders.findLast((folder) => folder !== '' && !isUnsayingFolder(folder))) ?? place.at(-1) ?? ''
  );
}

/** The cache of Hugging Face calls a repository `models--owner--name`. */
function hubFolder(folder: string | undefined): string | undefined {
  return folder?.replace(/^models--(?=.)/, '');
}

/** A path as the names in it. */
export function segmentsOf(path: string): readonly string[] {
  return path.split(/[/\\]/);
}

/** A model in a list: what it is called, and where it is. */
interface Listed {
  readonly name: string;
  readonly path: string;
  /** Whether the others are told apart from it. */
  readonly keeps?: boolean;
}

/**
 * Names by which the models of a list can be told apart: where several are called the same, with as many of the folders above
 * each as it takes: `net (cats)`, `net (dogs)`. Names that differ by case only, or by how accents are written, are the same.
 */
export function namesApart(models: readonly Listed[]): readonly string[] {
  const named = new Map<string, Listed[]>();
  for (const model of models)
    named.set(folded(model.name), [...(named.get(folded(model.name)) ?? []), model]);
  return models.map((model) => {
    const others = named.get(folded(model.name))!.filter(({ path }) => path !== model.path);
    return others.length === 0 || model.keeps ? model.name : `${model.name} (${difference(model, others)})`;
  });
}

/** The folders above a model, as few as no other one has. */
function difference({ path }: Listed, others: readonly Listed[]): string {
  const above = (of: string, count: number) => segmentsOf(of).slice(0, -1).slice(-count).join('/');
  const depth = segmentsOf(path).length - 1;
  for (let count = 1; count < depth; count++) {
    const mine = above(path, count);
    if (others.every((other) => folded(above(other.path, count)) !== folded(mine))) return mine;
  }
  // Files of one folder whose names differ by case only.
  return path;
}

/** What two names have in common that a disk, or a person, takes for one. */
export function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
