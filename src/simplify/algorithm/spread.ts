/** The golden ratio's fraction: its multiples fall evenly between whole numbers, whichever residues they are taken at. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Items from all over, no more than about so many. Which ones has no period: every second position, say, might always be of the
 * same kind.
 */
export function spread<Item>(items: readonly Item[], most: number): Item[] {
  const share = 1 / Math.ceil(items.length / Math.max(1, most));
  return items.filter((_, index) => (index * GOLDEN) % 1 < share);
}
