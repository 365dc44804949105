/** One label of a label space. */
export interface Label {
  /** What people read: `Chihuahua`, `sports car`. */
  readonly name: string;
  /** The label's WordNet 3.0 id where it is a synset: `n02085620`. */
  readonly wnid?: string;
  /** Further names of the same thing. */
  readonly synonyms?: readonly string[];
}

/** An ordered set of labels: entry `i` is what output `i` of a backbone means. */
export interface LabelSpace {
  /** `imagenet-1k`, `imagenet-1k-background`, or the name of the file the labels came from. */
  readonly name: string;
  readonly labels: readonly Label[];
  /** Outputs that mean "nothing of these" (the background class of 1001-way models); never mapped. */
  readonly background: readonly number[];
}
