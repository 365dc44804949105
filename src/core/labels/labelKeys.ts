/** Letters that do something else where labels are given: the cell, take back, none of these, the large view. */
const RESERVED = new Set('muxz');
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'].filter((letter) => !RESERVED.has(letter));
const DIGITS = [...'123456789'];
const KEYS: ReadonlySet<string> = new Set([...LETTERS, ...DIGITS]);

/** Whether a label may have this key. */
export function isLabelKey(key: string): boolean {
  return KEYS.has(key);
}

/**
 * A key for each label: the one that was chosen for it, or the first free letter of its name, or the first free digit,
 * or any free letter. Each label chooses after those before it, so one that is added at the end changes no other.
 * @param chosen keys by label; of two labels with the same key the first one has it
 * @returns per label, undefined where all keys are taken
 */
export function labelKeys(
  labels: readonly string[],
  chosen: ReadonlyMap<string, string> = new Map(),
): (string | undefined)[] {
  const taken = new Set<string>();
  const take = (key: string | undefined) => {
    if (key !== undefined) taken.add(key);
    return key;
  };
  const isFree = (key: string) => KEYS.has(key) && !taken.has(key);
  const own = labels.map((label) => {
    const key = chosen.get(label);
    return key !== undefined && isFree(key) ? take(key) : undefined;
  });
  return labels.map((label, i) => {
    if (own[i] !== undefined || taken.size === KEYS.size) return own[i];
    const letters = [...lettersOf(label)];
    return take(
      letters.find((letter) => LETTERS.includes(letter) && isFree(letter)) ??
        DIGITS.find(isFree) ??
        LETTERS.find(isFree),
    );
  });
}

/**
 * The keys of all labels where one of them is to have another: a label that had it gets the former one in exchange.
 * @param keys of all labels that have one
 */
export function withKey(keys: ReadonlyMap<string, string>, label: string, key: string): Map<string, string> {
  const changed = new Map(keys);
  const before = keys.get(label);
  changed.set(label, key);
  for (const [other, its] of keys) {
    if (other === label || its !== key) continue;
    if (before === undefined) changed.delete(other);
    else changed.set(other, before);
  }
  return changed;
}

/** Plain small letters: an accent makes no other key. */
function lettersOf(label: string): string {
  return label.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
