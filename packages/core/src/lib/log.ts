/** Where a process says what it does. Fields hold ids and counts, never personal data and never a secret. */
export interface Log {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export type LogFields = { readonly [name: string]: string | number | boolean | null }

/** For what must run quietly. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
