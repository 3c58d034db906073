/**
 * Both worlds that use core, Node and the browser, have AbortSignal; core itself has neither's types. Ports name it
 * and never call it.
 */
interface AbortSignal {
  readonly aborted: boolean
}
