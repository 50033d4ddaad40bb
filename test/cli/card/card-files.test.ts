import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { suite, test } from 'node:test'
import { cardFilesOf, cardsFolder } from '../../../src/cli/card/card-files.ts'

suite('the folder of the user’s cards', () => {
  const home = homedir()
  for (const [what, environment, platform, folder] of [
    ['XDG_DATA_HOME', { XDG_DATA_HOME: '/data' }, 'linux', '/data/cardinal/cards'],
    ['the default of it', {}, 'linux', `${home}/.local/share/cardinal/cards`],
    // XDG Base Directory Specification: relative paths are to be ignored.
    ['it where it is relative', { XDG_DATA_HOME: 'data' }, 'linux', `${home}/.local/share/cardinal/cards`],
    ['the Library of macOS', {}, 'darwin', `${home}/Library/Application Support/Cardinal/cards`],
    ['the local data of Windows', { LOCALAPPDATA: '/local' }, 'win32', '/local/Cardinal/cards'],
  ] as const) {
    test(`is in ${what}`, () => assert.equal(cardsFolder(environment, platform), folder))
  }
})

suite('the name of a card', () => {
  for (const name of ['', '.', '../elsewhere', 'a/b', 'a\\b', '.hidden', '-option', 'a b', 'x'.repeat(65)]) {
    test(`is not ${JSON.stringify(name)}`, () => {
      assert.throws(() => cardFilesOf(name), { name: 'UsageError' })
    })
  }

  test('is that of its file', () => {
    const { name, file } = cardFilesOf('', '/media/stick/work.card')
    assert.deepEqual([name, file], ['work', '/media/stick/work.card'])
  })
})
