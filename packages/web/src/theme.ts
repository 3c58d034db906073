import { Anchor, Badge, type CSSVariablesResolver, createTheme } from '@mantine/core'

export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // A link is as large as the words around it.
    Anchor: Anchor.extend({ defaultProps: { inherit: true } }),
    // A word of state is read whole, also in a narrow table.
    Badge: Badge.extend({ defaultProps: { variant: 'light', tt: 'none', miw: 'max-content' } }),
  },
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.6rem' }, h2: { fontSize: '1.15rem' } } },
})

/** Quiet text keeps a contrast of 4.5 to 1 with its ground; Mantine's own has 3.3. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': '#5f666d' },
  dark: { '--mantine-color-dimmed': '#a3a3a3' },
})
