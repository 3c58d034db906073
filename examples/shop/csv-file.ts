import { closeSync, openSync, writeSync } from 'node:fs'

const chunkLength = 1 << 20

/** What a null is written as; DuckDB is told the same. */
export const csvNull = '\\N'

export type CsvValue = string | number | null

/** A CSV file without a header, written in large chunks; `close` writes the rest. */
export class CsvFile {
  readonly path: string
  readonly #file: number
  #text = ''

  constructor(path: string) {
    this.path = path
    this.#file = openSync(path, 'w')
  }

  row(values: readonly CsvValue[]): void {
    let line = ''
    for (let i = 0; i < values.length; i++) line += (i === 0 ? '' : ',') + field(values[i] ?? null)
    this.#text += `${line}\n`
    if (this.#text.length >= chunkLength) this.#flush()
  }

  close(): void {
    try {
      this.#flush()
    } finally {
      closeSync(this.#file)
    }
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text)
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at)
    this.#text = ''
  }
}

const special = /[",\\\r\n\t]|^ *$/

function field(value: CsvValue): string {
  if (value === null) return csvNull
  if (typeof value === 'number') return String(value)
  return special.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
