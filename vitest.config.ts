import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    // The second phase, with a configuration of its own: npm run test:warehouses.
    exclude: ['**/node_modules/**', 'test/warehouses/**'],
    reporters: ['default', './test/setup/closing-line.ts'],
    globalSetup: ['test/setup/postgres.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
