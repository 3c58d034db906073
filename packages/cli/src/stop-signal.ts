/**
 * Resolves when this process is asked to stop: Ctrl-C, SIGTERM, a closed terminal, or the end of the process that
 * started it and watches it. A second Ctrl-C ends the process at once.
 */
export function stopOnSignal(): Promise<void> {
  return new Promise((done) => {
    let asked = false
    const ask = (): void => {
      if (asked) process.exit(130)
      asked = true
      done()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask)
    process.once('disconnect', () => {
      asked = true
      done()
    })
  })
}
