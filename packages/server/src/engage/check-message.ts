import type { Channel, MessageTemplate } from '@muster/core/engage/message.ts'
import { compileTemplate } from '@muster/core/engage/template.ts'
import { type ErrorDetail, invalid } from '@muster/core/lib/error.ts'

export interface PlacedMessage {
  /** Where it stands in the definition: `message`, `steps[0].message`. */
  readonly where: string
  readonly message: MessageTemplate
}

/** Throws `invalid` when a message names a channel that there is not, or its template does not parse, saying where. */
export function checkMessages(messages: readonly PlacedMessage[], channels: readonly Channel[]): void {
  const names = channels.map((channel) => channel.name)
  const lost = messages.find(({ message }) => !names.includes(message.channel))
  if (lost) {
    throw invalid('unknown_channel', `there is no channel "${lost.message.channel}"`, {
      hint: `Use one of: ${names.join(', ')}.`,
      details: [{ where: `${lost.where}.channel`, message: 'no such channel' }],
    })
  }
  const details = messages.flatMap(problemsOf)
  if (details.length === 0) return
  throw invalid('bad_template', 'a template is not valid Liquid', {
    hint: 'Mend it where the details say.',
    details,
  })
}

function problemsOf({ where, message }: PlacedMessage): ErrorDetail[] {
  return (['subject', 'body'] as const).flatMap((part) => {
    const compiled = compileTemplate(message[part])
    if (compiled.ok) return []
    const { line, column, message: what } = compiled.problem
    return [{ where: `${where}.${part}, line ${line}, column ${column}`, message: what }]
  })
}
