import { Anchor, Button, type ButtonProps, NavLink } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { ComponentProps } from 'react'

/** Mantine's links with the router's typed `to`, `params` and `search`. */
export const TextLink = createLink(Anchor<'a'>)
export const StationLink = createLink(NavLink<'a'>)
export const ButtonLink = createLink(AnchorButton)

function AnchorButton(props: ButtonProps & Omit<ComponentProps<'a'>, keyof ButtonProps>) {
  return <Button component="a" {...props} />
}
