import { z } from 'zod'
import { userLimits } from './limits.ts'
import { type BrazeRouteTable, idBelow, Success } from './route.ts'

const UserId = idBelow(userLimits.externalIdBytes)
const most = userLimits.aliasesPerRequest

const Emails = z.object({ email: z.union([z.email(), z.array(z.email()).min(1).max(most)]) })

const EmailQuery = z.object({
  email: z.string().optional().describe('Or start_date and end_date.'),
  start_date: z.iso.date().optional(),
  end_date: z.iso.date().optional(),
  limit: z.int().min(1).max(500).optional(),
  offset: z.int().min(0).optional(),
  sort_direction: z.enum(['asc', 'desc']).optional(),
})

const SubscriberQuery = z.object({
  external_id: z.string().optional().describe('One, or several as external_id[]; or email, or phone.'),
  email: z.string().optional(),
  phone: z.string().optional(),
})

const State = z.enum(['subscribed', 'unsubscribed'])
const subscribers = z.union([UserId, z.array(UserId).max(most)]).optional()

export const SubscriptionBody = z
  .looseObject({
    subscription_group_id: z.string(),
    subscription_state: State,
    external_id: subscribers,
    external_ids: subscribers,
    email: subscribers,
    emails: subscribers,
    phone: subscribers,
    phones: subscribers,
  })
  .refine(({ external_id, external_ids, email, emails, phone, phones }) => {
    const users = [external_id, external_ids, email, emails, phone, phones].flatMap((ids) => ids ?? [])
    return users.length >= 1 && users.length <= most
  })
  .describe('At least one user, at most 50.')

export const SubscriptionsBody = z.looseObject({ subscription_groups: z.array(SubscriptionBody).min(1) })

const StatusText = z.enum(['Subscribed', 'Unsubscribed', 'unknown'])

const acts = (path: string, summary: string) =>
  ({
    method: 'POST',
    path,
    summary,
    access: 'rest_key',
    body: Emails,
    status: 201,
    response: Success,
  }) as const

/** Braze's endpoints of emails and subscription groups. */
export const contactRoutes = {
  setEmailStatus: {
    method: 'POST',
    path: '/email/status',
    summary: 'Set whether an email address is subscribed',
    access: 'rest_key',
    body: Emails.extend({ subscription_state: z.enum(['subscribed', 'unsubscribed', 'opted_in']) }),
    status: 201,
    response: Success,
  },
  blocklistEmails: acts('/email/blocklist', 'Write no more to email addresses'),
  blacklistEmails: acts('/email/blacklist', 'The old name of /email/blocklist'),
  removeBounces: acts('/email/bounce/remove', 'Forget that email addresses bounced'),
  removeSpam: acts('/email/spam/remove', 'Forget that email addresses were marked as spam'),
  listUnsubscribes: {
    method: 'GET',
    path: '/email/unsubscribes',
    summary: 'Email addresses that unsubscribed',
    access: 'rest_key',
    query: EmailQuery,
    status: 200,
    response: Success.extend({
      emails: z.array(z.object({ email: z.string(), unsubscribed_at: z.string() })),
    }),
  },
  listHardBounces: {
    method: 'GET',
    path: '/email/hard_bounces',
    summary: 'Email addresses that bounced for good',
    access: 'rest_key',
    query: EmailQuery,
    status: 200,
    response: Success.extend({
      emails: z.array(z.object({ email: z.string(), hard_bounced_at: z.string() })),
    }),
  },
  setSubscription: {
    method: 'POST',
    path: '/subscription/status/set',
    summary: 'Subscribe users to a group, or unsubscribe them',
    access: 'rest_key',
    body: SubscriptionBody,
    status: 201,
    response: Success,
  },
  setSubscriptions: {
    method: 'POST',
    path: '/v2/subscription/status/set',
    summary: 'Subscribe users to groups, or unsubscribe them',
    access: 'rest_key',
    body: SubscriptionsBody,
    status: 201,
    response: Success,
  },
  getSubscription: {
    method: 'GET',
    path: '/subscription/status/get',
    summary: 'Are users subscribed to a group?',
    access: 'rest_key',
    query: SubscriberQuery.extend({ subscription_group_id: z.string() }),
    status: 200,
    response: Success.extend({ status: z.record(z.string(), StatusText) }),
  },
  listSubscriptions: {
    method: 'GET',
    path: '/subscription/user/status',
    summary: 'The groups that users are subscribed to',
    access: 'rest_key',
    query: SubscriberQuery,
    status: 200,
    response: Success.extend({
      users: z.array(
        z.object({
          email: z.string().nullable(),
          phone: z.string().nullable(),
          external_id: z.string().nullable(),
          subscription_groups: z.array(
            z.object({ id: z.string(), name: z.string(), channel: z.string(), status: StatusText }),
          ),
        }),
      ),
    }),
  },
} satisfies BrazeRouteTable
