/** Whom a far end lacks, and whom it has too many. */
export function difference(
  expected: ReadonlySet<string>,
  actual: ReadonlySet<string>,
): { readonly lost: number; readonly phantom: number } {
  const without = (all: ReadonlySet<string>, other: ReadonlySet<string>): number =>
    [...all].filter((id) => !other.has(id)).length
  return { lost: without(expected, actual), phantom: without(actual, expected) }
}

/** Numbers in [0, 1) that a seed gives, the same each time. */
export function chanceOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** So many of the numbers 1…`count`, each once and in their order; all where they are no more than that. */
export function sample(count: number, wanted: number, seed: number): number[] {
  const all = Array.from({ length: count }, (_, n) => n + 1)
  if (wanted >= count) return all
  const chance = chanceOf(seed)
  const drawn = new Set<number>()
  while (drawn.size < wanted) drawn.add(1 + Math.floor(chance() * count))
  return all.filter((n) => drawn.has(n))
}
