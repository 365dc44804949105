import type { GetPromptResult, Prompt } from '@modelcontextprotocol/sdk/types.js';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';

interface Job extends Prompt {
  /** What the agent is asked to do. @param given what the person filled in, by name */
  readonly ask: (given: Readonly<Record<string, string>>) => string;
}

const FOLDER = { name: 'folder', description: 'A folder with images', required: true };
const LABELS = { name: 'labels', description: 'Labels, separated by commas', required: false };

const honest =
  'Report accuracies with their intervals and with how many images they were measured on. Where nothing was measured, say that it is an estimate.';

/** The usual jobs, as a person picks them from a menu of an agent. */
const JOBS: readonly Job[] = [
  {
    name: 'classify_folder',
    title: 'Classify a Folder',
    description: 'Sort images into labels without training, and say how far the result can be trusted.',
    arguments: [FOLDER, LABELS],
    ask: ({ folder, labels }) =>
      `Classify the images in ${folder}${labels ? ` into these labels: ${labels}` : ''}. Begin with describe_folder. ${labels ? '' : 'If the folder has no labels, ask suggest_labels what is in it, and let me confirm the labels. '}Align the labels and look at the notes: give hints where a label was misunderstood. Then classify, show me the answers per label and the ten least sure ones. ${honest}`,
  },
  {
    name: 'improve_with_labels',
    title: 'Improve with a Few Labels',
    description: 'Ask the person for the labels that teach most, and classify again.',
    arguments: [FOLDER, LABELS],
    ask: ({ folder, labels }) =>
      `Improve the classification of ${folder}${labels ? ` (labels: ${labels})` : ''} with few labels. Ask propose_images for five images, ask me what each shows (show_images, if I allow it), write my answers with give_labels, and classify again. Repeat until accuracy stops growing or I have given twenty labels. Never guess a label in my place. ${honest}`,
  },
  {
    name: 'find_best_reuse',
    title: 'Find the Best Reuse',
    description: 'Compare backbones, mappings, heads and prompts on a folder with labels.',
    arguments: [FOLDER, { name: 'minutes', description: 'Time budget', required: false }],
    ask: ({ folder, minutes = '5' }) =>
      `Find the best way to reuse the installed backbones for ${folder} within ${minutes} minutes (find_best_reuse). Explain the two or three ways worth a choice in plain words: what each needs (labels, time, size) and what it brings. Keep the recommended one as an alignment document only if I agree. ${honest}`,
  },
  {
    name: 'export_dataset',
    title: 'Make a Data Set',
    description: 'From an unknown folder to a checked, exported data set.',
    arguments: [
      FOLDER,
      LABELS,
      { name: 'format', description: 'Such as imagefolder, csv, coco, yolo', required: false },
    ],
    ask: ({ folder, labels, format = 'csv' }) =>
      `Make a data set of ${folder}${labels ? ` with these labels: ${labels}` : ''}: describe it, align, classify, check what is unsure and what is nearly the same image twice, and export it as ${format} with export_results. First do it with dryRun and tell me what would be written. Afterwards read the result back and tell me the number of images of each label. ${honest}`,
  },
  {
    name: 'review_alignment',
    title: 'Review an Alignment',
    description: 'Find labels that were misunderstood.',
    arguments: [{ name: 'alignment', description: 'A *.semap.json', required: true }],
    ask: ({ alignment }) =>
      `Review the alignment ${alignment}. Read it, look for targets whose source labels do not fit, explain the doubtful cells with explain_cell, and propose hints. Change nothing before I agree.`,
  },
];

export const PROMPTS: readonly Prompt[] = JOBS.map(({ ask: _, ...prompt }) => prompt);

/** @throws {SemapError} for a prompt that is not there, or lacks what it needs */
export function promptOf(name: string, given: Readonly<Record<string, string>> = {}): GetPromptResult {
  const job = JOBS.find((one) => one.name === name);
  if (!job) throw new SemapError('not-found', phrase('There is no prompt "{0}".', name));
  const lacking = job.arguments?.find((one) => one.required && !given[one.name]?.trim());
  if (lacking) throw new SemapError('invalid-argument', phrase('The prompt needs "{0}".', lacking.name));
  return {
    description: job.description,
    messages: [{ role: 'user', content: { type: 'text', text: job.ask(given) } }],
  };
}
