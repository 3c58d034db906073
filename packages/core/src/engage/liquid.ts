import type { Profile } from './profile.ts'

/** A template in plain Liquid, with the way back to what the author wrote. */
export interface PlainLiquid {
  readonly text: string
  /** The offset in the author's text of the tag that holds this offset of the plain text. */
  originalOffset(plainOffset: number): number
}

/**
 * Braze writes user fields as `${name}` inside Liquid tags, which stock Liquid cannot parse (braze.md F):
 * `{{${first_name}}}`, `{{custom_attribute.${plan}}}`, `{% if {{custom_attribute.${n}}} > 0 %}`. This rewrites them
 * to plain Liquid, leaves text, quoted strings and raw blocks alone, and empties comments.
 *
 * `${first_name}` → `muster_field["first_name"]`, `custom_attribute.${plan}` → `custom_attribute["plan"]`.
 * Linear in the length of the template.
 */
export function toPlainLiquid(template: string): PlainLiquid {
  const pieces: { readonly plain: number; readonly original: number }[] = []
  let text = ''
  let at = 0
  const append = (piece: string, end: number): void => {
    pieces.push({ plain: text.length, original: at })
    text += piece
    at = end
  }
  while (at < template.length) {
    const open = nextOpening(template, at)
    if (open === -1) break
    append(template.slice(at, open), open)
    const piece = blockAt(template, open) ?? tagAt(template, open)
    if (piece === null) break
    append(piece.plain, piece.end)
  }
  append(template.slice(at), template.length)
  return {
    text,
    originalOffset: (plainOffset) => pieces.findLast((piece) => piece.plain <= plainOffset)?.original ?? 0,
  }
}

function nextOpening(template: string, from: number): number {
  opening.lastIndex = from
  return opening.exec(template)?.index ?? -1
}

const opening = /\{[{%]/g
const blockTag = /\{%-?\s*(raw|comment)\s*-?%\}/y

interface Piece {
  readonly plain: string
  /** One past its end in the template. */
  readonly end: number
}

/** The raw block, as it is, or the comment, emptied (stock Liquid parses what stands in it), that opens here. */
function blockAt(template: string, open: number): Piece | null {
  blockTag.lastIndex = open
  const tag = blockTag.exec(template)
  if (!tag) return null
  const isRaw = tag[1] === 'raw'
  const endTag = isRaw ? /\{%-?\s*endraw\s*-?%\}/g : /\{%-?\s*endcomment\s*-?%\}/g
  endTag.lastIndex = blockTag.lastIndex
  const last = endTag.exec(template)
  if (!last) return { plain: template.slice(open), end: template.length }
  const end = endTag.lastIndex
  return { plain: isRaw ? template.slice(open, end) : tag[0] + last[0], end }
}

/** The tag or output that opens here, rewritten; null when it is not closed. */
function tagAt(template: string, open: number): Piece | null {
  const isOutput = template[open + 1] === '{'
  const end = closing(template, open + 2, isOutput)
  return end === -1 ? null : { plain: rewrite(template.slice(open, end), isOutput), end }
}

/** One past the end of the tag or output that opened before `from`, or -1. `${…}` and quoted text may hold braces. */
function closing(template: string, from: number, isOutput: boolean): number {
  let quote: string | null = null
  for (let i = from; i < template.length; i++) {
    const c = template[i]
    if (quote !== null) {
      if (c === quote) quote = null
    } else if (c === '"' || c === "'") {
      quote = c
    } else if (c === '$' && template[i + 1] === '{') {
      const brace = template.indexOf('}', i)
      if (brace === -1) return -1
      i = brace
    } else if (template.startsWith(isOutput ? '}}' : '%}', i)) {
      return i + 2
    }
  }
  return -1
}

/** In one pass: quoted text, a `${…}` with the dot before it, and the nested braces of a tag. */
const token = /"[^"]*"|'[^']*'|(\.?)\$\{([^{}]*)\}|\{\{-?|-?\}\}/g

function rewrite(piece: string, isOutput: boolean): string {
  return piece.replace(token, (found, dot: string | undefined, name: string | undefined) => {
    if (name !== undefined) return `${dot === '' ? 'muster_field' : ''}[${JSON.stringify(name.trim())}]`
    const isNestedBrace = !isOutput && (found.startsWith('{{') || found.endsWith('}}'))
    return isNestedBrace ? ' ' : found
  })
}

/** What a template of this profile can read. */
export function templateScope(profile: Profile): Record<string, unknown> {
  const { fields } = profile
  return {
    custom_attribute: profile.custom,
    muster_field: {
      ...fields,
      email_address: fields.email,
      phone_number: fields.phone,
      city: fields.home_city,
      date_of_birth: fields.dob,
      user_id: profile.externalId,
      braze_id: profile.brazeId,
    },
  }
}
