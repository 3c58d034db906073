/** The one workspace there is; every key of the schema leads with it. */
export const workspaceId = 1
