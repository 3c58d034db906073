import { Anchor, Button, NavLink } from '@mantine/core'
import { createLink } from '@tanstack/react-router'

/** Mantine's links with the router's typed `to`, `params` and `search`. */
export const TextLink = createLink(Anchor<'a'>)
export const ButtonLink = createLink(Button<'a'>)
export const StationLink = createLink(NavLink<'a'>)
