import { env } from 'node:process'
import type { Readable } from 'node:stream'
import { isObject } from '@muster/core/lib/json.ts'
import { hasFunctions, loadShaped } from '../driver-shape.ts'

/** What is used of `snowflake-sdk`. */
export interface Driver {
  createConnection(options: object): Connection
  configure(options: object): unknown
}
export interface Connection {
  connect(done: (error: unknown) => void): void
  execute(options: object): Statement
  isUp(): boolean
  destroy(done: (error: unknown) => void): void
}
export interface Statement {
  cancel(done: (error: unknown) => void): void
  getColumns(): readonly { getName(): string; getType(): string }[] | undefined
  streamRows(): Readable
}

function isDriver(value: unknown): value is Driver {
  return isObject(value) && hasFunctions(value, 'createConnection', 'configure')
}

/**
 * The driver, kept from talking to anybody but Snowflake: it asks cloud metadata services where it runs, loads a native
 * library to tell its version, and reports how it was connected, unless these variables of the environment say no. It
 * has no other switch for them.
 */
export async function loadSnowflake(): Promise<Driver> {
  env.SNOWFLAKE_DISABLE_PLATFORM_DETECTION = 'true'
  env.SNOWFLAKE_DISABLE_MINICORE = 'true'
  env.SF_TELEMETRY_DISABLE_CONNECTION_SHAPE = 'true'
  const driver = await loadShaped('snowflake-sdk', isDriver)
  // OCSP asks third parties; that the certificate is valid for the host is proven all the same.
  driver.configure({ logLevel: 'OFF', additionalLogToConsole: false, disableOCSPChecks: true })
  return driver
}
