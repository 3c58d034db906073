import { z } from 'zod'

/** What a campaign or a Canvas step says, before it is rendered for a person. Liquid with Braze's `${…}` forms. */
export const MessageTemplate = z.strictObject({
  channel: z.string().min(1).default('inbox'),
  subject: z.string().max(1_000).default(''),
  body: z.string().min(1).max(100_000),
})
export type MessageTemplate = z.output<typeof MessageTemplate>

/** A message for one person, rendered. */
export interface RenderedMessage {
  /** Unique for (campaign or step, profile, occurrence): an idempotent channel knows it again. */
  readonly id: string
  readonly to: MessageRecipient
  readonly subject: string
  readonly body: string
}

export interface MessageRecipient {
  readonly brazeId: string
  readonly externalId: string | null
  readonly email: string | null
  readonly phone: string | null
}

/** What became of one message at its channel. */
export type SendOutcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** The attempt's fate cannot be known; it is resent only where the channel is idempotent. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** A way to a person. One folder under connectors `channels/`, one contract suite for all. */
export interface Channel {
  readonly name: string
  /** True when sending a message with the same id twice reaches the person once. */
  readonly idempotent: boolean
  /** Sends messages; resolves with one outcome per message, in order. */
  send(messages: readonly RenderedMessage[], signal: AbortSignal): Promise<readonly SendOutcome[]>
}
