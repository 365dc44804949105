/*
 * Near-duplicates and splits: who learns from one picture and is measured on almost the same one is measured on what it
 * learned from. Every split that SeMap makes goes through these; splits that a person made stay as they are.
 */

/** The group of near-duplicates of an item, negative for none. */
type GroupOf<Item> = (item: Item) => number;

/** Items that must stay on one side: those of a group together, where its first one is; all others alone. */
export function wholeGroups<Item>(items: Iterable<Item>, groupOf: GroupOf<Item>): Item[][] {
  const units: Item[][] = [];
  const byGroup = new Map<number, Item[]>();
  for (const item of items) {
    const group = groupOf(item);
    const own = group < 0 ? undefined : byGroup.get(group);
    if (own) {
      own.push(item);
      continue;
    }
    const unit = [item];
    units.push(unit);
    if (group >= 0) byGroup.set(group, unit);
  }
  return units;
}

/**
 * What is measured, without near-duplicates of what is learned from. Where all of a class are, they stay: nothing could be
 * told of it otherwise.
 */
export function apartFrom<Item>(
  learned: Iterable<Item>,
  measured: readonly Item[],
  groupOf: GroupOf<Item>,
  classOf: (item: Item) => number | undefined,
): Item[] {
  const groups = new Set<number>();
  for (const item of learned) groups.add(groupOf(item));
  const isApart = (item: Item) => groupOf(item) < 0 || !groups.has(groupOf(item));
  const told = new Set(measured.filter(isApart).map(classOf));
  return measured.filter((item) => isApart(item) || !told.has(classOf(item)));
}
