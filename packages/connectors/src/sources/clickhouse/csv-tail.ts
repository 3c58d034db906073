const quote = 0x22
const lineFeed = 0x0a
const backslash = 0x5c
const kept = 16 * 1024

/** Looks on while CSV goes by: counts the rows, and notices what is no row at its end. */
export interface CsvTail {
  /** A stage of a pipeline that hands every chunk on. */
  readonly watch: (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>
  rows(): number
  /** Whether the last byte ended a row. */
  isWhole(): boolean
  /** The text from the first line on that begins neither with a quote nor with `\N`; null where there is none. */
  exception(): string | null
}

export function csvTail(): CsvTail {
  let rows = 0
  let quoted = false
  let atStart = true
  let strange: Buffer | null = null
  /** Returns where a line begins that is no row, or -1. */
  const scan = (chunk: Buffer): number => {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]
      if (atStart && byte !== quote && byte !== backslash) return i
      atStart = false
      if (byte === quote) quoted = !quoted
      else if (byte === lineFeed && !quoted) {
        rows += 1
        atStart = true
      }
    }
    return -1
  }
  return {
    watch: async function* (chunks) {
      for await (const chunk of chunks) {
        const at = strange === null ? scan(chunk) : 0
        if (at !== -1)
          strange = Buffer.concat([strange ?? Buffer.alloc(0), chunk.subarray(at)]).subarray(0, kept)
        yield chunk
      }
    },
    rows: () => rows,
    isWhole: () => atStart && strange === null,
    exception: () => strange?.toString() ?? null,
  }
}
