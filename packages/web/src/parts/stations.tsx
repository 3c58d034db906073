import { Divider, Text } from '@mantine/core'
import { useLocale } from '../locales/locale.tsx'
import { StationLink } from './links.tsx'

const syncStations = ['sources', 'models', 'destinations', 'syncs', 'alerts'] as const
const engageStations = [
  'partners',
  'requests',
  'cohorts',
  'users',
  'segments',
  'campaigns',
  'canvases',
  'inbox',
] as const
type Station = (typeof syncStations)[number] | (typeof engageStations)[number] | 'why'

/** The navigation, in the order of the way; a half that this server does not serve is not shown. */
export function Stations({ halves }: { readonly halves: readonly ('sync' | 'engage')[] }) {
  const { text } = useLocale()
  const servesSync = halves.includes('sync')
  const servesEngage = halves.includes('engage')
  return (
    <>
      <StationLink
        to="/"
        label={text.nav.start}
        activeOptions={{ exact: true }}
        activeProps={{ active: true }}
        className="station"
      />
      {servesSync ? <Half title={text.nav.sync} stations={syncStations} /> : null}
      {servesSync && servesEngage ? (
        <Divider my={6} variant="dashed" label={text.nav.wire} labelPosition="center" />
      ) : null}
      {servesEngage ? <Half title={text.nav.engage} stations={engageStations} /> : null}
      {servesEngage ? (
        <>
          <Divider my={6} />
          <OneStation station="why" />
        </>
      ) : null}
    </>
  )
}

function Half({ title, stations }: { readonly title: string; readonly stations: readonly Station[] }) {
  return (
    <>
      <Text size="xs" c="dimmed" fw={600} px="sm" pt={6} pb={2}>
        {title}
      </Text>
      {stations.map((station) => (
        <OneStation key={station} station={station} />
      ))}
    </>
  )
}

function OneStation({ station }: { readonly station: Station }) {
  const { text } = useLocale()
  return (
    <StationLink
      to={`/${station}`}
      label={text.nav[station]}
      activeProps={{ active: true }}
      className="station"
    />
  )
}
