import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { sentence, table } from './output.ts'

const plain = stripVTControlCharacters

describe('what a command prints', () => {
  it('is sentences, and a name at the beginning of one stays as it is', () => {
    expect(sentence('name a sync to plan')).toBe('Name a sync to plan.')
    expect(sentence('models/people.yaml: the SQL must be one SELECT')).toBe(
      'models/people.yaml: the SQL must be one SELECT.',
    )
    expect(sentence('run: create schema muster;')).toBe('Run: create schema muster;')
    expect(sentence('lapsed-vips is paused')).toBe('lapsed-vips is paused.')
  })

  const heads = ['run', 'sync', 'added']
  const rows = [
    ['12', 'lapsed-vips', 4_275],
    ['13', 'x', 0],
  ]

  it('is a table where there is room for it, as in a pipe', () => {
    const lines = ['run  sync         added', '12   lapsed-vips  4,275', '13   x                0']
    expect(plain(table(heads, rows, 80))).toBe(lines.join('\n'))
    expect(plain(table(heads, rows, undefined))).toBe(lines.join('\n'))
    expect(table(heads, [], 10)).toBe('(none)')
  })

  it('is a paragraph a row on a narrow terminal', () => {
    expect(plain(table(heads, rows, 20))).toBe(
      ['run    12', 'sync   lapsed-vips', 'added  4,275', '', 'run    13', 'sync   x', 'added  0'].join('\n'),
    )
  })

  it('may be read in part, as by `head`: the command ends its work, and complains of nothing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-output-'))
    const program = join(import.meta.dirname, '../bin/muster.js')
    const child = spawn(process.execPath, [program, 'init', directory])
    child.stdout.destroy()
    let complaints = ''
    child.stderr.on('data', (chunk) => {
      complaints += String(chunk)
    })
    await once(child, 'close')
    expect({ code: child.exitCode, complaints }).toEqual({ code: 0, complaints: '' })
    expect(existsSync(join(directory, 'syncs/lapsed-vips.yaml'))).toBe(true)
    await rm(directory, { recursive: true })
  })
})
