import { z } from 'zod'
import { StatementTimeout } from '../deadline.ts'
import { Host, Port, TlsMode } from '../host.ts'

export const Config = z.strictObject({
  host: Host,
  port: Port.default(3306),
  database: z.string().min(1),
  user: z.string().min(1),
  password: z.string().optional(),
  /** Absent: `verify-full`, and `disable` to this machine. */
  tls: TlsMode.optional(),
  /** The certificate of the authority, as PEM text, where it is not one that Node knows. */
  ca: z.string().optional(),
  statement_timeout: StatementTimeout,
  /** The database in which the engine `warehouse` and copied ledgers have their tables. Nothing else is ever written. */
  engine_schema: z.string().min(1).max(64).default('muster'),
})
export type Config = z.output<typeof Config>
