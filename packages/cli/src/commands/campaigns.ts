import { setTimeout as sleep } from 'node:timers/promises'
import type { SendCounts } from '@muster/core/api/engage.ts'
import type { Command } from 'commander'
import { example, exitCodes, withConnection } from '../command.ts'
import { count, table } from '../output.ts'

/** `12 sent, 1 failed`: what became of messages, leaving out what did not happen. */
export function formatCounts(counts: SendCounts): string {
  const parts = (['sent', 'pending', 'failed', 'unknown'] as const)
    .filter((name) => name === 'sent' || counts[name] > 0)
    .map((name) => `${count(counts[name])} ${name}`)
  return parts.join(', ')
}

export function addCampaigns(program: Command): void {
  const campaigns = program.command('campaigns').description('campaigns')
  const list = campaigns
    .command('list')
    .description('all campaigns')
    .action(async () => {
      await withConnection(list, async ({ client, output }) => {
        const found = await client.listCampaigns()
        output.answer(found, () =>
          table(
            ['campaign', 'segment', 'status', 'messages'],
            found.map((campaign) => [
              campaign.name,
              campaign.definition.segment,
              campaign.status,
              formatCounts(campaign.counts),
            ]),
          ),
        )
        return undefined
      })
    })
  example(list, 'muster campaigns list')

  const send = campaigns
    .command('send <campaign>')
    .description('send now, to who is in the segment at this moment; waits until all are sent')
    .action(async (name: string) => {
      await withConnection(send, async ({ client, output }) => {
        const { reserved, ...begun } = await client.sendCampaign({ params: { name } })
        let campaign = begun
        while (campaign.counts.pending > 0) {
          output.progress(`Sending: ${formatCounts(campaign.counts)}`)
          await sleep(100)
          campaign = await client.getCampaign({ params: { name } })
        }
        output.answer({ campaign: name, reserved, ...campaign.counts }, () => formatCounts(campaign.counts))
        return campaign.counts.failed + campaign.counts.unknown > 0 ? exitCodes.failed : exitCodes.done
      })
    })
  example(send, 'muster campaigns send come-back')
}
