import path from 'node:path';
import {
  alignLabels,
  DEFAULT_BACKBONE,
  type GivenMeanings,
  type MethodSettings,
} from '../capabilities/alignLabels.ts';
import { layOut } from '../capabilities/layOut.ts';
import { targetsOf } from '../capabilities/targets.ts';
import {
  type AlignmentDocument,
  type AlignmentSource,
  type AlignmentTarget,
  type LearnedRecord,
  madeFor,
} from '../core/alignments/alignment.ts';
import { alignmentWarnings } from '../core/alignments/alignmentBuilding.ts';
import { mappingMarkdown, matrixCsv } from '../core/alignments/alignmentTables.ts';
import { serialiseAlignment } from '../core/alignments/alignmentText.ts';
import { scoredTargets } from '../core/alignments/answering.ts';
import { recallOf } from '../core/alignments/expectedRecall.ts';
import { backbonesOf, joinedSources, learnedRecordOf, partsOf } from '../core/alignments/members.ts';
import { roleNotes } from '../core/alignments/roleTexts.ts';
import type { BackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import { outputNote } from '../core/backbones/outputNotes.ts';
import { accuracyByLabels } from '../core/estimates/byLabels.ts';
import { type Aggregation, offeredAggregations } from '../core/mapping/mapping.ts';
import { isLearned, learnedMethods, methodNames } from '../core/mapping/methods.ts';
import { ALPHA } from '../core/mapping/ranges.ts';
import { LARGEST_SEED } from '../core/random.ts';
import { firstAmiss, type NoteTexts, noteInFull } from '../core/similarity/labelNoteTexts.ts';
import { shareRange, wholePercent } from '../core/text/numbers.ts';
import { plural, say } from '../core/text/text.ts';
import type { LabelMeaning } from '../protocol/alignments.ts';
import { writeAlignment } from './alignmentFile.ts';
import { backboneNames, backboneRef, sidecarOf } from './backboneArguments.ts';
import type { Command } from './command.ts';
import { EXIT } from './command.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { type EngineSession, withEngine } from './engineSession.ts';
import { givenMeanings } from './givenMeanings.ts';
import { askedFolders, folderOptions } from './layoutArguments.ts';
import { backbonesOption, commonOptions, methodOptions, sidecarOptions } from './options.ts';
import { checkOutput, writeOutput } from './outputFiles.ts';
import { sessionOf } from './session.ts';
import { similarityOf } from './similarityArguments.ts';
import { namesOf } from './targetArguments.ts';
import { printable, type Terminal, table } from './terminal.ts';

export const alignCommand: Command = {
  name: 'align',
  usage:
    'align (FOLDER | --labels FILE|LIST) [--backbone FILE|NAME]... [--method NAME] [--out FILE] [--json]',
  summary: 'Align your labels with those of a backbone, by meaning.',
  text: 'Finds for every target label the source labels of a backbone that mean the same or a kind of it, by their place in WordNet (or by a text encoder: --similarity). Target labels are the class folders of FOLDER, or those of --labels. The result is an alignment document (*.semap.json) that you can read, edit and give to semap classify.',
  options: {
    ...folderOptions,
    ...methodOptions,
    ...backbonesOption,
    out: { short: 'o', value: 'FILE', text: 'Write the alignment to FILE, usually NAME.semap.json.' },
    weigh: {
      text: 'With several backbones: learn how much each counts from the labeled images of FOLDER. Where no label is known, one counts less that is expected to be right less often.',
    },
    export: {
      value: 'FILE',
      text: 'Write all similarities and weights to FILE.csv, or the mapping as a table to FILE.md.',
    },
    ...sidecarOptions,
    ...commonOptions,
  },
  examples: [
    ['semap align --labels cat,dog,bird', 'With the starter backbone.'],
    ['semap align photos/ -b resnet50.onnx -o photos.semap.json', 'Labels are the class folders of photos/.'],
    [
      'semap align --labels cat,dog,bird --similarity clip',
      'Compare labels with a text encoder instead of WordNet.',
    ],
    [
      'semap align --labels crane,dog --sense "crane=crane%1:06:00::" --hint "dog=puppy"',
      'Say what labels mean.',
    ],
    [
      'semap align photos/ -b mobilenetv2 -b squeezenet1.1 -o photos.semap.json',
      'Two backbones that answer together.',
    ],
    ['semap align photos/ --method blm+ --labelled 10', 'Learn from ten images of each label.'],
    ['semap align --labels labels.txt --method semap-k -k 3 --json', 'Three source labels each, as JSON.'],
    [
      'semap align photos/ -b net.onnx --source-labels imagenet-1k --rescale-factor 0.00392157 --image-mean 0.485,0.456,0.406 --image-std 0.229,0.224,0.225 --channels rgb',
      'Describe a backbone whose file does not.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    const folders = args.positionals.map((folder) => path.resolve(folder));
    const labels = args.text('labels');
    if (folders.length > 0 && labels !== undefined) {
      throw new UsageError('Give either a folder or --labels, not both.');
    }
    if (folders.length === 0 && labels === undefined) {
      throw new UsageError('Say which labels to align.', 'For example: semap align --labels cat,dog,bird');
    }
    const exportTo = exportFile(args);
    const settings = methodOf(args);
    const sidecar = sidecarOf(args);
    const backbones = backbonesAsked(args, sidecar);
    const out = args.text('out');
    checkOutput('out', out);
    checkOutput('export', exportTo);
    const askedFor = await askedFolders(args);
    mustHaveImages(settings, folders);
    const weigh = args.flag('weigh');
    if (weigh && (folders.length === 0 || backboneNames(args).length < 2))
      throw new UsageError('--weigh goes with a folder of images and several --backbone.');
    const names = await namesOf(args);
    return withEngine(setup, async (engine) => {
      const session = sessionOf(engine, terminal, signal);
      const images = await layOut(askedFor, session);
      const targets = await targetsOf(names, images, session);
      const { about, ...mapping } = settings;
      const document = await alignLabels(
        { targets, about, backbones, sidecar, settings: mapping, images, weigh },
        session,
      ).finally(() => terminal.rewrite(''));
      if (out !== undefined) await writeAlignment(out, madeFor(folders, document));
      if (exportTo)
        await writeOutput('export', exportTo, await exported(document, exportTo, { engine, sidecar }));
      if (args.flag('json')) terminal.out(serialiseAlignment(document));
      else {
        terminal.out(alignmentTable(document, terminal));
        if (out !== undefined) terminal.out(`\nWrote ${printable(out)}\n`);
        if (exportTo) terminal.out(`\nExported ${printable(exportTo)}\n`);
      }
      tellNotes(document, await engine.call('meanings', { alignment: document, sidecar }), terminal);
      warn(document, terminal, out ?? folders[0]);
      for (const backbone of backbones) {
        const description = await engine.call('describeBackbone', { backbone, sidecar }, { signal });
        const note = outputNote(description, description.name);
        if (note) terminal.err(`\n${printable(say(note))}\n`);
      }
      return EXIT.done;
    });
  },
};

function exportFile(args: Arguments): string | undefined {
  const file = args.text('export');
  if (file === undefined || /\.(csv|md)$/i.test(file)) return file;
  throw new UsageError('--export writes FILE.csv or FILE.md.', 'Export images of the grid in VS Code.');
}

async function exported(
  document: AlignmentDocument,
  file: string,
  { engine, sidecar }: { engine: EngineSession; sidecar: BackboneSidecar | undefined },
): Promise<string> {
  if (/\.md$/i.test(file)) return mappingMarkdown(document);
  const params = { alignment: document, sidecar };
  return matrixCsv(document, await engine.call('similarities', params));
}

/** The method that the options name, and what they say about the meaning of single labels. */
export function methodOf(args: Arguments): MethodSettings & { readonly about: GivenMeanings } {
  const method = args.oneOf('method', methodNames) ?? 'semap';
  const k = args.whole('k', 1);
  const seed = args.whole('seed', 0, LARGEST_SEED);
  if (k !== undefined && method !== 'semap-k' && method !== 'conse') {
    throw new UsageError('-k goes with --method semap-k and conse.');
  }
  if (seed !== undefined && method !== 'random' && !isLearned(method)) {
    throw new UsageError(
      '--seed goes with --method random, and with methods that learn from labeled images.',
    );
  }
  const labelled = args.whole('labelled', 1);
  if (labelled !== undefined && !isLearned(method)) {
    throw new UsageError(`--labelled goes with --method ${learnedMethods.join(', ')}.`);
  }
  if (isLearned(method) && args.has('aggregation') && method !== 'flm') {
    throw new UsageError(`--method ${method} has an aggregation of its own.`);
  }
  const similarity = similarityOf(args);
  const aggregation = aggregationOf(args);
  const excluded = args
    .texts('exclude')
    .flatMap((list) => list.split(',').filter((one) => one.trim() !== ''));
  if (args.flag('one-to-one') && method !== 'semap-1') {
    throw new UsageError('--one-to-one goes with --method semap-1.');
  }
  return {
    method,
    shared: args.flag('one-to-one') ? false : undefined,
    aggregation,
    excluded,
    about: givenMeanings(args),
    similarity,
    k,
    seed,
    perClass: labelled,
  };
}

function aggregationOf(args: Arguments): Aggregation | undefined {
  const alpha = args.number('alpha', { least: ALPHA.from, most: ALPHA.to });
  const kind = args.oneOf('aggregation', offeredAggregations);
  if (alpha !== undefined && kind !== undefined && kind !== 'log-mean-exp') {
    throw new UsageError('--alpha goes with --aggregation log-mean-exp.');
  }
  if (kind === undefined && alpha === undefined) return undefined;
  return kind === undefined || kind === 'log-mean-exp'
    ? { kind: 'log-mean-exp', alpha: alpha ?? 1 }
    : { kind };
}

/** @throws {UsageError} where a method has no images to learn from */
function mustHaveImages({ method }: MethodSettings, folders: readonly string[]): void {
  if (!isLearned(method) || folders.length > 0) return;
  throw new UsageError(
    `--method ${method} learns from labeled images.`,
    'Give a folder whose subfolders are the labels.',
  );
}

/** @throws {UsageError} for a description that may be of any of several backbones */
export function backbonesAsked(args: Arguments, sidecar: BackboneSidecar | undefined): readonly string[] {
  const names = backboneNames(args);
  if (names.length > 1 && sidecar) {
    throw new UsageError(
      'Options that describe a backbone cannot be used with several.',
      'Describe each of them: semap backbones describe --help',
    );
  }
  return (names.length > 0 ? names : [DEFAULT_BACKBONE]).map(backboneRef);
}

function alignmentTable(document: AlignmentDocument, terminal: Terminal): string {
  const parts = partsOf(document);
  const record = learnedRecordOf(document);
  const learned = document.targets.some(({ measured }) => measured);
  const joined = joinedSources(document);
  const scored = scoredTargets(document);
  const rows = document.targets.map((one, t) => {
    const { label, expected, measured } = one;
    const sources = joined[t];
    const best = sources.reduce((top, { similarity }) => Math.max(top, similarity), 0);
    const worth = learned
      ? measured && `${(100 * measured.recall).toFixed(0)}%`
      : sources.length > 0 && best.toFixed(2);
    const said = parts.map(({ targets, backbone: { name } }) => {
      const names = firstSources(targets[t].sources);
      return parts.length > 1 && names !== '' ? `${name}: ${names}` : names;
    });
    const mark = measured ? expected : `${expected}, ${wholePercent(recallOf(one))}`;
    return [
      label,
      worth || '-',
      mark,
      said.filter(Boolean).join('; ') || (scored[t] ? '(what is left)' : '-'),
    ];
  });
  const { method } = document;
  const targets = say(plural(document.targets.length, '{0} target label', '{0} target labels'));
  const count = parts.reduce((sum, { backbone }) => sum + backbone.sourceCount, 0);
  const sources = say(plural(count, '{0} source label', '{0} source labels'));
  const unequal = parts.some(({ weight }) => weight !== 1);
  const weights = unequal ? `, weights ${parts.map(({ weight }) => weight).join(' : ')}` : '';
  const title = `${targets} on ${backbonesOf(document).name} (${sources}), method ${method.name}${weights}`;
  const columns = [
    { title: 'target' },
    { title: learned ? 'recall' : 'similarity', right: true as const },
    { title: 'expected' },
    { title: 'source labels' },
  ];
  return `${printable(title)}\n\n${table(columns, rows, terminal.columns)}${record ? learnedLine(record, document) : expectedLine(document)}`;
}

/** What a mapping by names is probably worth. */
function expectedLine({ targets }: AlignmentDocument): string {
  return `\nExpected accuracy: ${say(shareRange(accuracyByLabels(targets)))}. Estimated from the labels alone; images tell more.\n`;
}

function firstSources(sources: readonly AlignmentSource[]): string {
  const names = sources.slice(0, 5).map((source) => source.label);
  const more = sources.length > names.length ? `, and ${sources.length - names.length} more` : '';
  return names.join(', ') + more;
}

/** What a learned mapping is worth on images that it was not learned from. */
function learnedLine(
  { images, found, unmatched = [], validation, splits }: LearnedRecord,
  { method, weighed }: AlignmentDocument,
): string {
  const worth =
    validation.accuracy === null && validation.images > 0
      ? 'accuracy is not reported, because there is only one label'
      : validation.accuracy === null
        ? 'no images are left to measure it by'
        : `accuracy ${(100 * validation.accuracy).toFixed(1)}% on ${say(plural(validation.images, '{0} other image', '{0} other images'))}${splits ? ` of the split ${splits.measured}` : ''}`;
  const of = found === undefined ? '' : ` of ${found.toLocaleString('en')}`;
  const left =
    unmatched.length === 0
      ? ''
      : `Left out, because no label matches these class folders: ${printable(unmatched.join(', '))}.\n`;
  const both = weighed ? 'Mappings and weights learned from' : 'Learned from';
  const what = method.labelled ? both : 'Weights learned from';
  return `\n${what} ${images.toLocaleString('en')}${of} ${found === 1 || (found === undefined && images === 1) ? 'image' : 'images'}${splits ? ` of the split ${splits.learned}` : ''}: ${worth}.\n${left}`;
}

/** Labels whose notes are told. */
const NOTED = 10;

/** Tells which labels were not read as they are written, and what to do. */
function tellNotes(document: AlignmentDocument, meanings: readonly LabelMeaning[], terminal: Terminal): void {
  const { targets, head } = document;
  const lines = meanings.flatMap(({ notes }, t) => {
    const note = targets[t].pinned ? undefined : firstAmiss(notes);
    return note ? [noteLine(targets[t], note)] : [];
  });
  if (!head) list('Labels that may be misunderstood (--hint says what they mean)', lines, terminal);
}

function noteLine({ label }: AlignmentTarget, note: NoteTexts): string {
  return `  ${label}: ${say(noteInFull(note))}`;
}

function list(title: string, lines: readonly string[], terminal: Terminal): void {
  if (lines.length === 0) return;
  terminal.err(`\n${title}:\n`);
  for (const line of lines.slice(0, NOTED)) terminal.err(`${printable(line)}\n`);
  if (lines.length > NOTED) terminal.err(`  and ${lines.length - NOTED} more\n`);
}

/** Tells what a person should know before relying on an alignment. @param file whose problems they are, where there is one */
export function warn(document: AlignmentDocument, terminal: Terminal, file?: string): void {
  const defined = roleNotes(document).flatMap((note, t) =>
    note ? [noteLine(document.targets[t], note)] : [],
  );
  list('Labels that are defined by the others', defined, terminal);
  const { unmapped: all, nothingFits } = alignmentWarnings(document);
  // What denies something says itself why it has no score.
  const unmapped = all.filter((label) => !document.targets.some((one) => one.label === label && one.role));
  if (file !== undefined) {
    for (const label of unmapped) {
      const message = `The label "${label}" is never predicted: no source label is similar to it.`;
      terminal.problem({ file, severity: 'warning', message });
    }
  }
  const named = unmapped.slice(0, 5).map((label) => `"${label}"`);
  if (unmapped.length > 0) {
    const more = unmapped.length > named.length ? ` and ${unmapped.length - named.length} more` : '';
    const are = unmapped.length === 1 ? 'is' : 'are';
    terminal.err(
      `\nWarning: ${printable(named.join(', '))}${more} ${are} never predicted, because no source label is similar to it.\n`,
    );
  }
  if (nothingFits && document.method.name !== 'random') {
    terminal.err(
      `\nWarning: most labels have no close match in ${printable(backbonesOf(document).name)}. Accuracy may be near chance.\nOther labels, --hint, --sense, or another backbone may help.\n`,
    );
  }
}
