/** The SQL that a source speaks. Redshift has PostgreSQL's wire and words of its own. */
export const dialects = [
  'duckdb',
  'postgres',
  'redshift',
  'mysql',
  'sqlite',
  'snowflake',
  'bigquery',
  'databricks',
  'clickhouse',
  'trino',
] as const
export type Dialect = (typeof dialects)[number]
