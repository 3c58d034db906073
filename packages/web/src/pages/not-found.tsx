import { useLocale } from '../locales/locale.tsx'
import { ButtonLink } from '../parts/links.tsx'
import { Page } from '../parts/page.tsx'

export function NotFoundPage() {
  const { text } = useLocale()
  return (
    <Page title={text.app.notFound} intro={text.app.notFoundHint}>
      <div>
        <ButtonLink to="/">{text.app.home}</ButtonLink>
      </div>
    </Page>
  )
}
