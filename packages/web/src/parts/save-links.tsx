import { Anchor, Group, Text } from '@mantine/core'
import { type DownloadFormat, downloadFormats } from '@muster/core/api/download.ts'
import { useLocale } from '../locales/locale.tsx'

interface SaveLinksProps {
  /** Where the file is. */
  readonly path: (format: DownloadFormat) => string
}

/** Offers a whole list as a file to be saved. */
export function SaveLinks({ path }: SaveLinksProps) {
  const { text } = useLocale()
  return (
    <Group gap="xs">
      <Text size="sm" c="dimmed">
        {text.changes.save}
      </Text>
      {downloadFormats.map((format) => (
        <Text key={format} size="sm">
          <Anchor href={path(format)} download>
            {text.changes[format]}
          </Anchor>
        </Text>
      ))}
    </Group>
  )
}
