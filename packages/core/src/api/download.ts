/** Files that the admin API gives for saving. They are no JSON, so they stand beside the table of routes. */

export const downloadFormats = ['csv', 'parquet'] as const
export type DownloadFormat = (typeof downloadFormats)[number]

/** What can be saved: the exact changes of a run, what became of each id, what is rejected, and who was in a cohort at a time. */
export const downloads = {
  changes: (run: string, format: DownloadFormat): string => `/api/runs/${run}/changes.${format}`,
  /** Takes `run` as a query to give one run's. */
  ledger: (sync: string, format: DownloadFormat): string => `/api/syncs/${sync}/ledger.${format}`,
  rejected: (sync: string, format: DownloadFormat): string => `/api/syncs/${sync}/rejected.${format}`,
  /** Takes `at` as a query. */
  members: (sync: string, format: DownloadFormat): string => `/api/syncs/${sync}/members.${format}`,
} as const
