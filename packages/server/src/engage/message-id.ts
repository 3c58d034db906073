import { fault } from '@muster/core/lib/error.ts'

/** The id under which channels know a row of the ledger: the same at every attempt. */
export function messageId(send: number): string {
  return `send-${send}`
}

export function sendOf(id: string): number {
  const found = /^send-(\d{1,15})$/.exec(id)
  if (!found) throw fault('foreign_message', `"${id}" is not the id of a message of the ledger`)
  return Number(found[1])
}
