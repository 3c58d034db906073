import type { Reporter, TestModule, Vitest } from 'vitest/node'

/**
 * Ends a test run with one plain line that any program can read: `N passed, N failed`. A test that was skipped counts as failed, but
 * for those that a name given by `-t` leaves out.
 */
export default class ClosingLine implements Reporter {
  #byName = false

  onInit({ config }: Vitest): void {
    this.#byName = config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    let passed = 0
    let failed = 0
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed++
        else if (state !== 'skipped' || !this.#byName) failed++
      }
      // A file that could not even be loaded has no tests to count.
      if (module.state() === 'failed' && [...module.children.allTests()].length === 0) failed++
    }
    process.on('exit', () => process.stdout.write(`\n${passed} passed, ${failed} failed\n`))
  }
}
