import { phrase, type Text } from '../text/text.ts';

/** What is wrong with a list of labels, and what to do. */
export interface LabelDoubt {
  readonly what: Text;
  readonly hint: Text;
}

/** Whether a name says no more than the number of its output: `LABEL_3`, `class 3`. */
function isPlaceholder(name: unknown, index: number): boolean {
  return (
    typeof name === 'string' &&
    new RegExp(`^(?:label|class|output|category)[ _-]?0*${index}$`, 'i').test(name)
  );
}

const BACKGROUND = /^(?:_*background_*|backgrounds?|dummy|unused|__ignore__|n\/?a|none|other)$/i;
const IMAGENET_COUNTS = [1000, 1001];
const LARGE = 900;

/**
 * Why there are not as many labels as outputs, most likely.
 * @param labels in the order of the list; undefined where only their number is known
 */
export function countDoubt(outputs: number, count: number, labels?: readonly string[]): LabelDoubt {
  const what = (reason: Text) =>
    phrase('The model has {0} outputs, the list has {1} labels: {2}', outputs, count, reason);
  if (outputs === 1001 && count === 1000) {
    return {
      what: what(phrase('the first output is a background class.')),
      hint: phrase('Models with 1,001 outputs use "imagenet-1k-background".'),
    };
  }
  if (outputs === 1000 && count === 1001) {
    return {
      what: what(phrase('the list begins with a background class that the model does not have.')),
      hint: phrase('Models with 1,000 outputs use "imagenet-1k".'),
    };
  }
  if (outputs === count + 1) {
    return {
      what: what(
        phrase(
          'one output is probably a background or unused class, the first (as in TensorFlow) or the last.',
        ),
      ),
      hint: phrase(
        'Add "background" as the first line of the list, or "unused" as its last. An image of a known label shows which is right.',
      ),
    };
  }
  if (outputs === count - 1) {
    const [first] = labels ?? [];
    const last = labels?.at(-1);
    const extra = [first, last].find((label) => label !== undefined && BACKGROUND.test(label));
    return extra === undefined
      ? {
          what: what(
            phrase('one line too many, such as a title, an empty class or a class that was not trained.'),
          ),
          hint: phrase(
            'Delete the line that is not a class. An image of a known label shows whether the rest is right.',
          ),
        }
      : {
          what: what(phrase('the model does not have "{0}".', extra)),
          hint: phrase('Delete "{0}" from the list.', extra),
        };
  }
  if (count >= LARGE && outputs < count / 2) {
    return {
      what: what(
        phrase(
          'these are the labels that the model was pretrained with, not those it was trained for since.',
        ),
      ),
      hint: phrase('List the labels of this model, one per line, in the order of its outputs.'),
    };
  }
  if (IMAGENET_COUNTS.includes(outputs) && count < outputs / 2) {
    return {
      what: what(phrase('the file is probably the model before it was trained with these labels.')),
      hint: phrase('Export the trained model, or use "imagenet-1k".'),
    };
  }
  return {
    what: what(
      outputs > count
        ? phrase('labels are missing, or the list is of an earlier training.')
        : phrase('the list is of another training.'),
    ),
    hint: phrase('List the labels of this model, one per line, in the order of its outputs.'),
  };
}

/** What makes names doubtful although there are as many as outputs. */
export function nameDoubts(labels: readonly string[]): readonly LabelDoubt[] {
  if (labels.length < 2) return [];
  const doubts: LabelDoubt[] = [];
  if (labels.every(isPlaceholder)) {
    doubts.push({
      what: phrase(
        'The labels are placeholders such as "{0}": their names were never given to the exporter.',
        labels[0],
      ),
      hint: phrase('List the labels of this model, one per line, in the order of its outputs.'),
    });
  }
  const order = numberOrder(labels);
  if (order) doubts.push(order);
  const seen = new Set<string>();
  const twice = labels.find((label) => seen.has(label) || !seen.add(label));
  if (twice !== undefined && !/^unnamed \d+$/.test(twice)) {
    doubts.push({
      what: phrase('"{0}" is listed more than once.', twice),
      hint: phrase('Check the list: outputs of the same name cannot be told apart.'),
    });
  }
  return doubts;
}

/** Numbers as labels: tools that sort folders sort them as text, 0, 1, 10, 100, 2. */
function numberOrder(labels: readonly string[]): LabelDoubt | undefined {
  const numbers = labels.map((label) => (/^\d{1,9}$/.test(label) ? Number(label) : Number.NaN));
  if (numbers.some(Number.isNaN) || new Set(numbers).size < numbers.length) return undefined;
  const rises = numbers.every((one, i) => i === 0 || numbers[i - 1] < one);
  const asText = [...labels].sort((a, b) => (a < b ? -1 : 1));
  const isText = asText.every((label, i) => label === labels[i]);
  const check = phrase(
    'Test it on an image of a known label, such as one of "{0}".',
    labels[labels.length > 2 ? 2 : 1],
  );
  if (isText && !rises) {
    const [a, b, c] = labels;
    return {
      what: phrase(
        'The labels are numbers in the order of text ({0}, {1}, {2}, ...). That is right if the training sorted folders of these names, and wrong if it counted.',
        a,
        b,
        c,
      ),
      hint: check,
    };
  }
  if (rises && !isText) {
    const [a, b, c] = asText;
    return {
      what: phrase(
        'The labels are numbers that count up. Trainings that read class folders sort them as text ({0}, {1}, {2}, ...): then the outputs have that order.',
        a,
        b,
        c,
      ),
      hint: check,
    };
  }
  return undefined;
}
