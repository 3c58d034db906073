import { z } from 'zod'

/** A name that stands in file names, URLs and commands: `lapsed-vips`, `lapsed_vips`. At most 64 characters. */
export const Slug = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
  error: 'must be 1 to 64 lower-case letters, digits, - or _, beginning with a letter or digit',
})
