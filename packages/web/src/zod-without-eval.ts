import * as z from 'zod/v4'

/**
 * Stands in for `zod` in the bundle (vite.config.ts): the page's policy forbids code made from text, which zod would
 * otherwise try for each schema, and a schema may be made before any other module of ours runs.
 */
z.config({ jitless: true })

export * from 'zod/v4'
export { z }
