/**
 * The errors that Muster throws. A failure of one item among many is a value (`Outcome`, `Fate`); everything
 * else is one of these. The kind answers "try again?":
 *
 * | kind      | whose fault                       | try again                    |
 * |-----------|-----------------------------------|------------------------------|
 * | invalid   | the input's                       | after mending it             |
 * | missing   | the input's: it names nothing     | after making it              |
 * | denied    | the credential's                  | with another credential      |
 * | conflict  | two writers, or a state moved on  | after looking again          |
 * | transient | the moment's                      | yes, after `retryAfterMs`    |
 * | fault     | ours                              | no: report it                |
 *
 * No HTTP status stands here: it is chosen once, at the edge (server `http/errors.ts`).
 */
export const errorKinds = ['invalid', 'missing', 'denied', 'conflict', 'transient', 'fault'] as const
export type ErrorKind = (typeof errorKinds)[number]

export interface ErrorDetail {
  /** Where the input is wrong: `file.yaml:3:5`, `body.filter.of[0].operator`, `line 2, column 14`. */
  readonly where?: string
  readonly message: string
}

export interface MusterErrorOptions {
  /** One sentence that says what to do next. */
  readonly hint?: string
  readonly details?: readonly ErrorDetail[]
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

export class MusterError extends Error {
  readonly kind: ErrorKind
  /** A stable word for scripts, e.g. `unknown_column`. */
  readonly code: string
  readonly hint: string | undefined
  readonly details: readonly ErrorDetail[]
  readonly retryAfterMs: number | undefined

  constructor(kind: ErrorKind, code: string, message: string, options: MusterErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'MusterError'
    this.kind = kind
    this.code = code
    this.hint = options.hint
    this.details = options.details ?? []
    this.retryAfterMs = options.retryAfterMs
  }
}

type Make = (code: string, message: string, options?: MusterErrorOptions) => MusterError
const make =
  (kind: ErrorKind): Make =>
  (code, message, options) =>
    new MusterError(kind, code, message, options)

/** The input is wrong; nothing was changed. */
export const invalid = make('invalid')
/** The input names something that does not exist. */
export const missing = make('missing')
/** The credential is unknown, invalidated or not allowed to do this. */
export const denied = make('denied')
/** Somebody else holds it, or the state it was made for has moved on. */
export const conflict = make('conflict')
/** It may work in a moment. */
export const transient = make('transient')
/** Our own bug. */
export const fault = make('fault')

/** The message of anything thrown, and what to do next where that is known. */
export function adviceOf(error: unknown): string {
  const hint = error instanceof MusterError ? error.hint : undefined
  return hint === undefined ? messageOf(error) : `${messageOf(error)}. ${hint}`
}

/** The message of anything thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
