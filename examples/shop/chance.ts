/** Mixes two 32-bit words into one that looks random (the finaliser of MurmurHash3). */
function mix(a: number, b: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}

/** The chance of one person: the same draw of the same topic always gives the same answer. */
export interface Chance {
  /** A whole number in [0, below). */
  below(topic: string, below: number): number
  /** True with a probability of `percent`. */
  happens(topic: string, percent: number): boolean
  pick<T>(topic: string, list: readonly [T, ...T[]]): T
}

const topics = new Map<string, number>()

/** Topics are hashed once: a million people draw from a few dozen of them. */
function topicWord(topic: string): number {
  let word = topics.get(topic)
  if (word === undefined) {
    word = 0x811c9dc5
    for (let i = 0; i < topic.length; i++) word = Math.imul(word ^ topic.charCodeAt(i), 0x01000193)
    topics.set(topic, word)
  }
  return word
}

/** Takes the shop's seed and a number of one person. Holds no state: draws may come in any order. */
export function chanceOf(seed: number, number: number): Chance {
  const base = mix(seed, number)
  const below = (topic: string, limit: number): number => mix(base, topicWord(topic)) % limit
  return {
    below,
    happens: (topic, percent) => below(topic, 10_000) < percent * 100,
    pick: (topic, list) => list[below(topic, list.length)] ?? list[0],
  }
}

/**
 * A different number below 2^32 for each number below 2^32, so that what is made of it is unique and shows no order.
 * Every step (multiply by an odd number, xor with its own upper bits) can be undone.
 */
export function scramble(seed: number, number: number): number {
  let h = Math.imul(number ^ mix(seed, 0x5eed), 0x9e3779b1)
  h ^= h >>> 15
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  return h >>> 0
}
