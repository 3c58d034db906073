import { defineConfig } from 'vitest/config'

/** The second phase: sources whose drivers, servers or engines are large. Runs in this folder, where the drivers are. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ['*.test.ts'],
    setupFiles: ['./egress-guard.ts'],
    reporters: ['default', '../setup/closing-line.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
