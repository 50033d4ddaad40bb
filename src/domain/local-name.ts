/** Stands before the names of the server's own accounts, as in `LOCAL\admin`, where there is a company directory. */
export const localDomain = 'LOCAL'

const prefix = `${localDomain}\\`

/** Whether a name can be that of one of the server's own accounts alone. */
export function isLocalName(name: string): boolean {
  return name.slice(0, prefix.length).toUpperCase() === prefix
}

/** `admin` for `LOCAL\admin` and for `admin`. */
export function withoutLocalDomain(name: string): string {
  return isLocalName(name) ? name.slice(prefix.length) : name
}
