import { addOnNames, buildAddOn, packagesOfAddOn } from '../bootstrap/add-ons.mjs'
import { Problem, tell } from '../bootstrap/problem.mjs'

/**
 * Builds the optional native packages that tests use, where that is possible. Resolves to the names of those that are
 * not there, and whether any failed although all that it needs is.
 */
export async function buildAddOns(node, missingPackages) {
  const missing = []
  let hasFailed = false
  for (const name of addOnNames()) {
    try {
      if ((await buildAddOn(node, name)) === 'built') tell(`Built ${name}.`)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      tell(`WARNING: ${error.message}\nTESTS THAT NEED ${name} ARE LEFT OUT.`)
      missing.push(name)
      if (!packagesOfAddOn(name).some(one => missingPackages.includes(one))) hasFailed = true
    }
  }
  return { missing, hasFailed }
}
