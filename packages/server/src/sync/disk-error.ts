import { type MusterError, messageOf, transient } from '@muster/core/lib/error.ts'

const full = /ENOSPC|EDQUOT|No space left|disk is full|Disk quota/i
const broken =
  /\b(EIO|EROFS|EACCES|EPERM|EMFILE|ENFILE)\b|Input\/output error|Read-only file system|Permission denied|^IO Error: (Could not|Cannot) (write|create|open|sync|move)/i

/**
 * What Node or DuckDB says of the disk of the data directory, as an error that says what to do; null where it is another one.
 */
export function diskError(error: unknown): MusterError | null {
  const text = messageOf(error)
  if (full.test(text)) {
    return transient('disk_full', 'the disk of the data directory is full', {
      hint: 'Free some space, then run again; nothing was lost.',
      cause: error,
    })
  }
  if (!broken.test(text)) return null
  return transient('disk_failed', `the disk of the data directory fails: ${text.split('\n')[0]}`, {
    hint: 'Look at the disk and the rights of the data directory, then run again; nothing was lost.',
    cause: error,
  })
}

/** True where the disk is why. */
export function isOfDisk(error: MusterError): boolean {
  return error.code === 'disk_full' || error.code === 'disk_failed'
}
