import { Text, type TextProps } from '@mantine/core'
import { useLocale } from '../locales/locale.tsx'

/** A sentence of the server's or of somebody's beyond it, in English: a screen reader is told so where the page speaks another language. */
export function Said({ children, ...look }: TextProps & { readonly children: string }) {
  const { language } = useLocale()
  return (
    <Text inherit span {...look} {...(language === 'en' ? {} : { lang: 'en' })}>
      {children}
    </Text>
  )
}
