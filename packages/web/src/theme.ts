import { Anchor, Badge, type CSSVariablesResolver, createTheme, Modal } from '@mantine/core'

export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  autoContrast: true,
  // Black or white on a filled ground, whichever has the higher contrast.
  luminanceThreshold: 0.18,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // A link is as large as the words around it.
    Anchor: Anchor.extend({ defaultProps: { inherit: true } }),
    // The header of a question is not the page's.
    Modal: Modal.extend({ defaultProps: { attributes: { header: { role: 'presentation' } } } }),
    // A word of state is read whole, also in a narrow table.
    Badge: Badge.extend({ defaultProps: { variant: 'light', tt: 'none', miw: 'max-content' } }),
  },
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.6rem' }, h2: { fontSize: '1.15rem' } } },
})

/** Text that says that something is well or is not, readable in both themes. */
export const tone = {
  good: 'var(--mantine-color-teal-light-color)',
  bad: 'var(--mantine-color-red-light-color)',
} as const

/** Quiet text and words of state keep a contrast of 4.5 to 1 with their ground; Mantine's own have 2.7 to 4.3. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5f666d',
    '--mantine-color-teal-light-color': '#066449',
    '--mantine-color-yellow-light-color': '#7a4a00',
    '--mantine-color-orange-light-color': '#963000',
    '--mantine-color-red-light-color': '#b01e1e',
  },
  dark: { '--mantine-color-dimmed': '#a3a3a3' },
})
