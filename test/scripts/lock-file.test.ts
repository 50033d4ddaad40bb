import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'

function readJson(name: string) {
  return JSON.parse(fs.readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))
}

test('package-lock.json is in step with package.json: an install that differed would go unnoticed', () => {
  const manifest = readJson('package.json')
  const locked = readJson('package-lock.json').packages['']
  assert.deepEqual(locked.dependencies, manifest.dependencies)
  assert.deepEqual(locked.devDependencies, manifest.devDependencies)
  assert.deepEqual(locked.optionalDependencies, manifest.optionalDependencies)
})

test('no package but the optional native ones needs an install script: the start runs none', () => {
  const lock: Record<string, { hasInstallScript?: boolean }> = readJson('package-lock.json').packages
  const withScript = Object.keys(lock).filter(place => lock[place]?.hasInstallScript === true)
  const optional = Object.keys(readJson('package.json').optionalDependencies)
  assert.deepEqual(withScript.sort(), optional.map(name => `node_modules/${name}`).sort())
})
