// `npm run addon -- kerberos smartcard`: builds optional native packages, without which the server starts, too.
import path from 'node:path'
import { abilityOfAddOn, addOnNames, buildAddOn } from './bootstrap/add-ons.mjs'
import { withLock } from './bootstrap/lock.mjs'
import { runtimeFolder } from './bootstrap/paths.mjs'
import { prepare } from './bootstrap/prepare.mjs'
import { Problem, runScript, tell } from './bootstrap/problem.mjs'

await runScript(async () => {
  const names = process.argv.slice(2)
  const known = addOnNames()
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined)
    throw new Problem(`there is no add-on ${unknown}. There are ${known.join(', ')}.`)
  if (names.length === 0) throw new Problem(`name the add-ons to build: npm run addon -- ${known.join(' ')}`)

  const node = await prepare('production')
  await withLock(path.join(runtimeFolder, 'install.lock'), async () => {
    for (const name of names) {
      const done = (await buildAddOn(node, name)) === 'built' ? 'is built' : 'was built already'
      tell(`${name} ${done}: ${abilityOfAddOn(name)} can be switched on.`)
    }
  })
})
