import { invalid, messageOf } from '@muster/core/lib/error.ts'
import { makeDirectory } from '@muster/server/make-directory.ts'

/** Makes the folder that somebody named, and those above it; throws `invalid` `folder` where that cannot be. */
export async function makeFolder(path: string): Promise<void> {
  await makeDirectory(path).catch((cause: unknown) => {
    throw invalid('folder', `the folder ${path} cannot be made: ${messageOf(cause)}`, {
      hint: 'Choose another folder.',
      cause,
    })
  })
}
