import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

function sources(): { path: string; text: string }[] {
  return ['packages', 'test', 'bench', 'examples', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(tsx?|m?js)$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .filter((path) => !/node_modules|\/dist\//.test(path))
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
  )
}

const all = sources()
const product = all.filter(({ path }) => path.startsWith('packages/') && !/\.test\.tsx?$/.test(path))
const lines = (text: string): number => text.split('\n').length

describe('budgets (style: long files are where ideas meet that should not)', () => {
  it('holds every file to 400 lines', () => {
    expect(
      all.filter(({ text }) => lines(text) > 400).map(({ path, text }) => `${path}: ${lines(text)}`),
    ).toEqual([])
  })

  it('holds nine files of ten to 250 lines', () => {
    const sizes = product.map(({ text }) => lines(text)).sort((a, b) => a - b)
    expect(sizes[Math.floor(sizes.length * 0.9)]).toBeLessThanOrEqual(250)
  })

  it('has no file named for nothing', () => {
    const vague = /(^|\/)(utils?|helpers?|common|misc|manager|types)(\.tsx?|\/)/
    expect(all.filter(({ path }) => vague.test(path)).map(({ path }) => path)).toEqual([])
  })

  it('has no skipped or lonely test', () => {
    const marks = new RegExp(`\\b(it|test|describe)\\.(${['skip', 'only', 'todo'].join('|')})\\b`)
    expect(all.filter(({ text }) => marks.test(text)).map(({ path }) => path)).toEqual([])
  })
})
