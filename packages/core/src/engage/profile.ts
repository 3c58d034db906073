import type { Json } from '../lib/json.ts'

/** Profile fields that Braze names itself; every other attribute is a custom attribute. */
export const profileFields = [
  'first_name',
  'last_name',
  'email',
  'phone',
  'gender',
  'dob',
  'country',
  'home_city',
  'language',
  'time_zone',
] as const
export type ProfileField = (typeof profileFields)[number]

/** A person of the engagement half, as decisions see them. */
export interface Profile {
  readonly id: number
  readonly brazeId: string
  readonly externalId: string | null
  readonly fields: { readonly [Field in ProfileField]?: string }
  readonly custom: { readonly [name: string]: Json }
  /** Cohorts that the person is in, by their store id. */
  readonly cohorts: ReadonlySet<number>
}
