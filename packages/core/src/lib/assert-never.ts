/** Ends a switch over a closed union: a new member that is not handled becomes a compile error here. */
export function assertNever(value: never): never {
  throw new TypeError(`not a member of the union: ${JSON.stringify(value)}`)
}
