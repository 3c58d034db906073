import type { Connectors } from '@muster/core/sync/connector.ts'

/** Every source and destination; what it needs is loaded when it is used. */
export const connectors: Connectors = {
  sources: {
    csv: async () => (await import('./sources/csv/index.ts')).source,
    duckdb: async () => (await import('./sources/duckdb/index.ts')).source,
  },
  destinations: {
    'braze-attribute': async () => (await import('./destinations/braze-attribute/index.ts')).destination,
    'braze-cohorts': async () => (await import('./destinations/braze-cohorts/index.ts')).destination,
    file: async () => (await import('./destinations/file/index.ts')).destination,
    webhook: async () => (await import('./destinations/webhook/index.ts')).destination,
  },
}
