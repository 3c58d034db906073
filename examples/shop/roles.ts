/** 1: before the first run; 2: before the second. */
export type Day = 1 | 2

/** What the warehouse's customer row has to name a person by. */
export type KnownBy = 'customer_id' | 'crm_id' | 'device' | 'nothing' | 'too_long' | 'control_character'

/** What the engagement half has of a person. */
export type Presence =
  | 'absent'
  | 'identified'
  /** Identified, and the CRM's alias with it. */
  | 'identified_with_alias'
  | 'alias_only'
  | 'anonymous'
  /** Was anonymous on a device and logged in there. */
  | 'identified_on_device'
  /** An account, and beside it an anonymous visitor on a device whom nobody has connected with it yet. */
  | 'identified_and_anonymous'

/** Lapsed: bought much, and nothing for more than 90 days. */
export type Buying =
  | 'lapsed'
  /** Lapsed on day 1, buys again before day 2: a leaver. */
  | 'returns'
  /** The 90 days end between day 1 and day 2: a joiner. */
  | 'lapses'
  /** Never in the model: buys now, or bought little, or sent it back. */
  | 'active'
  | 'not_in_warehouse'

/** Each person plays one role. A value by day where the days differ: `[day 1, day 2]`. */
export interface Role {
  /** People of the role for 100 members of the first run. */
  readonly percent: number
  readonly buying: Buying
  readonly known: KnownBy | readonly [KnownBy, KnownBy]
  readonly presence: Presence | readonly [Presence, Presence]
  /** A second customer row of the same person, which is known by what stands here. */
  readonly also?: KnownBy
}

/**
 * The cast: every way in which a person can be known to one half and to the other, and can change between two runs.
 * The shares of removals stay below the guard of syncs/lapsed-vips.yaml even where each role has one person only.
 */
export const roles = {
  contact: { percent: 10, buying: 'lapsed', known: 'crm_id', presence: 'alias_only' },
  contact_of_account: { percent: 4, buying: 'lapsed', known: 'crm_id', presence: 'identified_with_alias' },
  visitor: { percent: 10, buying: 'lapsed', known: 'device', presence: 'anonymous' },
  visitor_of_account: { percent: 3, buying: 'lapsed', known: 'device', presence: 'identified_on_device' },
  unknown_customer: { percent: 5, buying: 'lapsed', known: 'customer_id', presence: 'absent' },
  unknown_contact: { percent: 2, buying: 'lapsed', known: 'crm_id', presence: 'absent' },
  unknown_visitor: { percent: 2, buying: 'lapsed', known: 'device', presence: 'absent' },

  returning_customer: { percent: 6, buying: 'returns', known: 'customer_id', presence: 'identified' },
  returning_contact: { percent: 2, buying: 'returns', known: 'crm_id', presence: 'alias_only' },
  returning_visitor: { percent: 2, buying: 'returns', known: 'device', presence: 'anonymous' },
  returning_visitor_of_account: {
    percent: 0.5,
    buying: 'returns',
    known: 'device',
    presence: 'identified_on_device',
  },
  returning_unknown: { percent: 0.5, buying: 'returns', known: 'customer_id', presence: 'absent' },

  /** The warehouse learns the account of a contact: one profile, two identifiers (design §3.4). */
  contact_with_new_account: {
    percent: 2,
    buying: 'lapsed',
    known: ['crm_id', 'customer_id'],
    presence: 'identified_with_alias',
  },
  visitor_logs_in: {
    percent: 1.5,
    buying: 'lapsed',
    known: ['device', 'customer_id'],
    presence: ['anonymous', 'identified_on_device'],
  },
  visitor_finds_account: {
    percent: 1,
    buying: 'lapsed',
    known: ['device', 'customer_id'],
    presence: ['identified_and_anonymous', 'identified_on_device'],
  },
  /** The engagement half alone sees the log-in: the member stays, and can no longer be removed by the device. */
  visitor_logs_in_unseen: {
    percent: 0.5,
    buying: 'lapsed',
    known: 'device',
    presence: ['anonymous', 'identified_on_device'],
  },
  /** Sent while unknown, then created: is not a member, for nobody sends them again. */
  latecomer: { percent: 0.5, buying: 'lapsed', known: 'customer_id', presence: ['absent', 'identified'] },
  returning_latecomer: {
    percent: 0.5,
    buying: 'returns',
    known: 'customer_id',
    presence: ['absent', 'identified'],
  },
  /** Two rows of one person, one of them under the alias until the CRM is cleaned up: asserted again. */
  twin: {
    percent: 0.5,
    buying: 'lapsed',
    known: ['crm_id', 'customer_id'],
    presence: 'identified_with_alias',
    also: 'customer_id',
  },
  /** Two rows with one device: the second is a duplicate. */
  household: { percent: 1, buying: 'lapsed', known: 'device', presence: 'anonymous', also: 'device' },

  nameless: { percent: 1, buying: 'lapsed', known: 'nothing', presence: 'absent' },
  overlong: { percent: 0.1, buying: 'lapsed', known: 'too_long', presence: 'absent' },
  mangled: { percent: 0.1, buying: 'lapsed', known: 'control_character', presence: 'absent' },

  lapsing_customer: { percent: 4, buying: 'lapses', known: 'customer_id', presence: 'identified' },
  lapsing_contact: { percent: 1, buying: 'lapses', known: 'crm_id', presence: 'alias_only' },
  lapsing_visitor: { percent: 1, buying: 'lapses', known: 'device', presence: 'anonymous' },
  lapsing_unknown: { percent: 0.5, buying: 'lapses', known: 'customer_id', presence: 'absent' },

  active_customer: { percent: 25, buying: 'active', known: 'customer_id', presence: 'identified_with_alias' },
  active_contact: { percent: 3, buying: 'active', known: 'crm_id', presence: 'alias_only' },
  active_visitor: { percent: 5, buying: 'active', known: 'device', presence: 'anonymous' },
  subscriber: { percent: 5, buying: 'not_in_warehouse', known: 'nothing', presence: 'identified' },

  /** Everybody else of the first run's members. Last, for their number is what the others leave. */
  customer: { percent: 0, buying: 'lapsed', known: 'customer_id', presence: 'identified' },
} as const satisfies { readonly [name: string]: Role }

export type RoleName = keyof typeof roles

/** Takes a role's name; returns the role without the literal types of the table. */
export function roleOf(name: RoleName): Role {
  return roles[name]
}

export function knownBy(role: Role, day: Day): KnownBy {
  return typeof role.known === 'string' ? role.known : role.known[day === 1 ? 0 : 1]
}

export function presenceOn(role: Role, day: Day): Presence {
  return typeof role.presence === 'string' ? role.presence : role.presence[day === 1 ? 0 : 1]
}
