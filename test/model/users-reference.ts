/** Users, their lives and their cohorts, in memory: what the engagement half must come to. */

export type Key =
  | { readonly kind: 'external_id' | 'device_id'; readonly value: string }
  | { readonly kind: 'alias'; readonly label: string; readonly name: string }

export interface Change {
  readonly identifier: Key
  readonly remove: boolean
}

interface User {
  externalId: string | null
  readonly deprecated: Set<string>
  readonly aliases: Map<string, string>
  readonly devices: Set<string>
  custom: Record<string, number>
  readonly cohorts: Set<string>
}

export class UsersReference {
  private readonly users = new Set<User>()

  private find(key: Key): User | undefined {
    return [...this.users].find((user) => {
      if (key.kind === 'alias') return user.aliases.get(key.label) === key.name
      if (key.kind === 'device_id') return user.devices.has(key.value)
      return user.externalId === key.value || user.deprecated.has(key.value)
    })
  }

  private make(externalId: string | null): User {
    const [deprecated, aliases, devices] = [new Set<string>(), new Map<string, string>(), new Set<string>()]
    const user = { externalId, deprecated, aliases, devices, custom: {}, cohorts: new Set<string>() }
    this.users.add(user)
    return user
  }

  private take(from: User, into: User): void {
    this.users.delete(from)
    into.externalId ??= from.externalId
    into.custom = { ...from.custom, ...into.custom }
    for (const [label, name] of from.aliases) if (!into.aliases.has(label)) into.aliases.set(label, name)
    for (const one of from.devices) into.devices.add(one)
    for (const one of from.deprecated) into.deprecated.add(one)
    for (const one of from.cohorts) into.cohorts.add(one)
  }

  session(device: string, userId: string | null): void {
    const owner = this.find({ kind: 'device_id', value: device })
    if (userId === null) {
      if (!owner) this.make(null).devices.add(device)
      return
    }
    const user = this.find({ kind: 'external_id', value: userId })
    if (owner && owner === user) return
    if (owner && owner.externalId === null) {
      if (user) this.take(owner, user)
      else owner.externalId = userId
      return
    }
    owner?.devices.delete(device)
    const holder = user ?? this.make(userId)
    holder.devices.add(device)
  }

  track(key: Key, name: string, value: number): void {
    const user = this.find(key) ?? (key.kind === 'external_id' ? this.make(key.value) : undefined)
    if (user) user.custom[name] = value
  }

  addAlias(label: string, name: string, externalId: string | null): void {
    if (this.find({ kind: 'alias', label, name })) return
    const user = externalId === null ? this.make(null) : this.find({ kind: 'external_id', value: externalId })
    if (user && !user.aliases.has(label)) user.aliases.set(label, name)
  }

  renameAlias(label: string, from: string, to: string): void {
    const user = this.find({ kind: 'alias', label, name: from })
    if (user && !this.find({ kind: 'alias', label, name: to })) user.aliases.set(label, to)
  }

  identify(label: string, name: string, externalId: string): void {
    const from = this.find({ kind: 'alias', label, name })
    const into = this.find({ kind: 'external_id', value: externalId })
    if (!from || from.externalId !== null || from === into) return
    if (!into) from.externalId = externalId
    else if (!into.aliases.has(label)) this.take(from, into)
  }

  merge(fromKey: Key, intoKey: Key): void {
    const [from, into] = [this.find(fromKey), this.find(intoKey)]
    if (from && into && from !== into) this.take(from, into)
  }

  rename(current: string, next: string): void {
    const user = [...this.users].find((one) => one.externalId === current)
    if (!user || this.find({ kind: 'external_id', value: next })) return
    user.deprecated.add(current)
    user.externalId = next
  }

  removeDeprecated(id: string): void {
    for (const user of this.users) user.deprecated.delete(id)
  }

  delete(key: Key): void {
    const user = this.find(key)
    if (user) this.users.delete(user)
  }

  import(cohort: string, changes: readonly Change[]): string[] {
    return changes.map(({ identifier, remove }) => {
      const user = this.find(identifier)
      if (!user) return 'unknown'
      if (identifier.kind === 'device_id' && user.externalId !== null) return 'device_of_identified'
      if (remove) return user.cohorts.delete(cohort) ? 'removed' : 'not_in'
      if (user.cohorts.has(cohort)) return 'already_in'
      user.cohorts.add(cohort)
      return 'added'
    })
  }

  /** Every user as sorted JSON, for a comparison. */
  shown(): string[] {
    return [...this.users]
      .map((user) =>
        JSON.stringify([
          user.externalId,
          [...user.deprecated].sort(),
          [...user.aliases].map(([label, name]) => `${label}:${name}`).sort(),
          [...user.devices].sort(),
          Object.entries(user.custom).sort(),
          [...user.cohorts].sort(),
        ]),
      )
      .sort()
  }
}
