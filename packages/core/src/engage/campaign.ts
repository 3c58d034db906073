import { z } from 'zod'
import { Slug } from '../lib/slug.ts'
import { MessageTemplate } from './message.ts'

/** `campaigns/<name>.yaml`: one message to a segment, sent when asked. */
export const CampaignDefinition = z.strictObject({
  title: z.string().min(1).max(255).optional(),
  segment: Slug,
  message: MessageTemplate,
})
export type CampaignDefinition = z.output<typeof CampaignDefinition>

/**
 * A person is messaged once for one occurrence: the ledger is unique by (campaign or step, profile, occurrence). A
 * campaign that was not made re-eligible has one occurrence for all time, so sending it again reaches only people
 * whom it has not reached (braze.md D, "Re-eligibility": off by default).
 */
export const campaignOccurrence = 0
