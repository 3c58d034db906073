/**
 * Resolves when this process is asked to stop: Ctrl-C, SIGTERM, a closed terminal, or the end of the process that
 * started it and watches it. A second Ctrl-C, a second or more after the first, ends the process at once: one key press
 * reaches a process twice when the program above it passes signals on.
 */
export function stopOnSignal(): Promise<void> {
  return new Promise((done) => {
    let askedAt: number | null = null
    const ask = (): void => {
      if (askedAt !== null && performance.now() - askedAt > 1_000) process.exit(130)
      askedAt ??= performance.now()
      done()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask)
    process.once('disconnect', ask)
    // Listening for the end of the channel must not keep the process alive.
    process.channel?.unref()
  })
}
