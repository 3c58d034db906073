import type { Log } from '@muster/core/lib/log.ts'
import pino from 'pino'
import type { LogLevel } from './config.ts'

/** A log of JSON lines on standard error; standard output belongs to answers. */
export function createLog(level: LogLevel): Log {
  const logger = pino({ level, base: null }, pino.destination({ fd: 2, sync: true }))
  return {
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  }
}
