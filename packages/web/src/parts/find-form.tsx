import { Button, Group, SegmentedControl, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useLocale } from '../locales/locale.tsx'

interface FindFormProps<Only extends string> {
  readonly onFind: (text: string) => void
  /** Parts that the list can be narrowed to, with their names. */
  readonly parts: readonly { readonly value: Only; readonly label: string }[]
  readonly part: Only
  readonly partLabel: string
  readonly onPart: (part: Only) => void
}

/** Looks for people in a list that is too long to be read: by a text, and in one part of it. */
export function FindForm<Only extends string>(props: FindFormProps<Only>) {
  const { onFind, parts, part, partLabel, onPart } = props
  const { text } = useLocale()
  const [wanted, setWanted] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onFind(wanted.trim())
      }}
    >
      <Group align="flex-end" gap="xs">
        <TextInput
          label={text.changes.find}
          description={text.changes.findHint}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
          style={{ flex: '1 1 240px', maxWidth: 420 }}
        />
        <Button type="submit" variant="default">
          {text.changes.search}
        </Button>
        <SegmentedControl
          aria-label={partLabel}
          value={part}
          data={[...parts]}
          onChange={(chosen) => {
            const found = parts.find((one) => one.value === chosen)
            if (found) onPart(found.value)
          }}
        />
      </Group>
    </form>
  )
}
