import { partnerTitle } from '@muster/core/engage/segment.ts'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { CohortTable } from '../parts/cohort-table.tsx'
import { CopyField } from '../parts/copy-field.tsx'
import { KeyTable } from '../parts/key-table.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'

/** Laid out as Braze's technology partner page: endpoint, data import keys, and here the partner's own keys too. */
export function PartnerPage() {
  const { text } = useLocale()
  const { slug } = useParams({ from: '/partners/$slug' })
  const params = { slug }
  const partner = useQuery({ queryKey: ['partner', slug], queryFn: () => api.getPartner({ params }) })
  const cohorts = useQuery({
    queryKey: ['cohorts', slug],
    queryFn: () => api.listCohorts({ query: { partner: slug } }),
  })
  const title = partner.data?.title ?? partnerTitle(slug)
  return (
    <Page
      title={title}
      parent={<TextLink to="/partners">{text.nav.partners}</TextLink>}
      intro={text.partner.intro(title)}
    >
      <Loaded of={partner}>
        {(found) => (
          <>
            <Panel title={text.partner.endpoint}>
              <CopyField label={text.partner.endpoint} value={found.rest_endpoint} />
            </Panel>
            <KeyTable
              title={text.partner.dataImportKeys}
              hint={text.partner.dataImportKeysHint}
              newTitle={text.partner.generateTitle.data_import}
              keys={found.data_import_keys}
              generate={(name) => api.createDataImportKey({ params, body: { name } })}
            />
            <KeyTable
              title={text.partner.partnerKeys}
              hint={text.partner.partnerKeysHint}
              newTitle={text.partner.generateTitle.partner}
              keys={found.partner_keys}
              generate={(name) => api.createPartnerKey({ params, body: { name } })}
            />
          </>
        )}
      </Loaded>
      <Loaded of={cohorts}>
        {(list) =>
          list.length === 0 ? null : (
            <Panel title={text.partner.cohortsOf}>
              <CohortTable label={text.partner.cohortsOf} cohorts={list} />
            </Panel>
          )
        }
      </Loaded>
    </Page>
  )
}
