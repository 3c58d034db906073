import type { Connectors } from '@muster/core/sync/connector.ts'

/** Every source, destination and notifier; what it needs is loaded when it is used. */
export const connectors: Connectors = {
  sources: {
    bigquery: async () => (await import('./sources/bigquery/index.ts')).source,
    clickhouse: async () => (await import('./sources/clickhouse/index.ts')).source,
    csv: async () => (await import('./sources/csv/index.ts')).source,
    databricks: async () => (await import('./sources/databricks/index.ts')).source,
    duckdb: async () => (await import('./sources/duckdb/index.ts')).source,
    json: async () => (await import('./sources/json/index.ts')).source,
    mysql: async () => (await import('./sources/mysql/index.ts')).source,
    parquet: async () => (await import('./sources/parquet/index.ts')).source,
    postgres: async () => (await import('./sources/postgres/index.ts')).source,
    redshift: async () => (await import('./sources/redshift/index.ts')).source,
    snowflake: async () => (await import('./sources/snowflake/index.ts')).source,
    sqlite: async () => (await import('./sources/sqlite/index.ts')).source,
    trino: async () => (await import('./sources/trino/index.ts')).source,
  },
  destinations: {
    'braze-attribute': async () => (await import('./destinations/braze-attribute/index.ts')).destination,
    'braze-cohorts': async () => (await import('./destinations/braze-cohorts/index.ts')).destination,
    file: async () => (await import('./destinations/file/index.ts')).destination,
    webhook: async () => (await import('./destinations/webhook/index.ts')).destination,
  },
  notifiers: {
    email: async () => (await import('./notifiers/email/index.ts')).notifier,
    slack: async () => (await import('./notifiers/slack/index.ts')).notifier,
    webhook: async () => (await import('./notifiers/webhook/index.ts')).notifier,
  },
}
