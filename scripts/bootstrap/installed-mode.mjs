/**
 * What an install that was made by hand (`npm ci`, `npm install`) holds, by npm's own record of it,
 * node_modules/.package-lock.json: 'development', 'production', or undefined where it does not match package-lock.json.
 */
export function installedMode(lock, record) {
  if (record === undefined) return undefined
  let isDevelopment = true
  for (const [place, wanted] of Object.entries(lock.packages)) {
    if (place === '') continue
    const found = record.packages[place]
    if (found === undefined) {
      if (wanted.optional || wanted.devOptional) continue
      if (!wanted.dev) return undefined
      isDevelopment = false
    } else if (found.version !== wanted.version || found.integrity !== wanted.integrity) return undefined
  }
  return isDevelopment ? 'development' : 'production'
}

export function holdsDevelopmentPackages(record) {
  return record !== undefined && Object.values(record.packages).some(entry => entry.dev === true)
}
