import { judgeEndpoint } from '@muster/core/lib/egress.ts'
import { z } from 'zod'

/** An address to send to, as core/lib/egress.ts allows it, without a final slash. */
export const Endpoint = z
  .string()
  .superRefine((url, context) => {
    const verdict = judgeEndpoint(url)
    if (!verdict.ok) context.addIssue({ code: 'custom', message: verdict.reason })
  })
  .transform((url) => url.replace(/\/+$/, ''))
