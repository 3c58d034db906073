/** What a person is named by now; null: the row is there and names nobody. */
export type Named = 'external_id' | 'alias' | null

/**
 * What a cohort must hold, in a few lines: people by number, each a row and a profile with two identifiers. A run that ends
 * well makes the cohort the model, or in `add_only` adds to it; whatever else happens changes nobody else's place.
 */
export class SyncReference {
  rows: readonly (readonly [person: number, named: Named])[] = []
  mode: 'mirror' | 'add_only' = 'mirror'
  paused = false
  /** Who is in; between runs that did not end well, who may be in and who may be out. */
  members = new Set<number>()
  perhaps = new Set<number>()

  /** Whom the destination rejects, and whose place nobody knows since it did. */
  refused: ReadonlySet<number> = new Set()
  doubtful = new Set<number>()

  /** From now on the destination rejects these people, by whatever name. */
  refuse(people: readonly number[]): void {
    this.refused = new Set(people)
    this.doubtful = new Set([...this.doubtful, ...people])
  }

  /** Who stands in the model under some name. */
  desired(): Set<number> {
    return new Set(this.rows.filter(([, named]) => named !== null).map(([person]) => person))
  }

  /** A run has sent, and may not have come to its end. */
  ran(endedWell: boolean): void {
    const desired = this.desired()
    const before = new Set([...this.members, ...this.perhaps])
    const after = this.mode === 'mirror' ? desired : new Set([...before, ...desired])
    if (endedWell && this.mode === 'mirror') {
      this.members = after
      this.perhaps = new Set()
    } else if (endedWell) {
      this.members = new Set([...this.members, ...desired])
      this.perhaps = new Set([...this.perhaps].filter((person) => !desired.has(person)))
    } else {
      // Who stays under one name is not moved; all others may be on either side.
      this.perhaps = new Set([...before, ...after])
      this.members = new Set()
    }
    if (endedWell && this.refused.size === 0) {
      if (this.mode === 'add_only') {
        // Whoever was rejected and is desired no more stays where they are, in or out.
        const left = [...this.doubtful].filter((person) => !desired.has(person))
        this.perhaps = new Set([...this.perhaps, ...left])
        this.members = new Set([...this.members].filter((person) => !left.includes(person)))
      }
      this.doubtful = new Set()
    }
  }

  /** Why a cohort is wrong; null where it may be as it is. */
  wrong(cohort: ReadonlySet<number>): string | null {
    const known = (person: number): boolean => !this.doubtful.has(person)
    const lost = [...this.members].filter((person) => known(person) && !cohort.has(person))
    const phantom = [...cohort].filter(
      (person) => known(person) && !this.members.has(person) && !this.perhaps.has(person),
    )
    return lost.length + phantom.length === 0 ? null : `lost ${lost.join()}, phantom ${phantom.join()}`
  }
}
