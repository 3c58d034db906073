import { glob, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { invalid } from '@muster/core/lib/error.ts'
import { z } from 'zod'

/** A file, or a pattern such as `/data/customers-*.csv`. Project files may write it relative to themselves. */
export const FilePath = z.string().refine(isAbsolute, { error: 'must be an absolute path' })

/** The files that a path or a pattern names, in order; throws where there is none. */
export async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory()) {
    throw invalid('is_directory', `${path} is a directory`, {
      hint: 'Write a pattern that ends in the files, such as /data/customers/*.csv.',
    })
  }
  if (found) return [path]
  const files: string[] = []
  for await (const file of glob(path)) files.push(file)
  if (files.length === 0) {
    throw invalid('no_such_file', `there is no file ${path}`, { hint: 'Correct `path` in the source.' })
  }
  return files.sort()
}
