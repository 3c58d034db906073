import { TextLink } from './links.tsx'

interface UserRef {
  readonly braze_id: string
  readonly external_id: string | null
  readonly first_name: string | null
  readonly last_name: string | null
}

/** How a user is named in a command and a URL. */
function userText(user: UserRef): string {
  return user.external_id ?? `braze:${user.braze_id}`
}

/** What people call a user. */
export function displayName(user: UserRef): string {
  const name = [user.first_name, user.last_name].filter((part) => part !== null).join(' ')
  return name === '' ? userText(user) : `${name} (${userText(user)})`
}

/** A user's name, leading to the whole of their way. */
export function UserName({ user }: { readonly user: UserRef }) {
  return (
    <TextLink to="/why" search={{ user: userText(user) }}>
      {displayName(user)}
    </TextLink>
  )
}
