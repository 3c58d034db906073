import type { RenderedMessage } from './message.ts'

/** What the built-in inbox channel needs: a place that keeps each message id once. */
export interface InboxStore {
  put(messages: readonly RenderedMessage[]): Promise<void>
}
