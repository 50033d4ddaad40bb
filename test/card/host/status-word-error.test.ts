import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { statusWordError } from '../../../src/card/host/status-word-error.ts'

suite('the error of a status word', () => {
  test('is what can be done about it', () => {
    const codes = {
      25088: 'card-failure',
      25473: 'card-full',
      25600: 'card-failure',
      25985: 'card-failure',
      26368: 'command-refused',
      26755: 'command-not-supported',
      26756: 'command-not-supported',
      27010: 'security-status-not-satisfied',
      27013: 'command-refused',
      27264: 'command-refused',
      27265: 'command-not-supported',
      27266: 'no-such-file',
      27268: 'card-full',
      27272: 'no-such-file',
      27273: 'file-exists',
      27392: 'command-refused',
      27904: 'command-not-supported',
      28160: 'command-not-supported',
      28416: 'card-failure',
      37120: 'unexpected-answer',
    }
    for (const [word, code] of Object.entries(codes)) {
      assert.equal(statusWordError(Number(word), 'sign').code, code, Number(word).toString(16))
    }
  })

  test('says for every word what did not happen, and the word itself', () => {
    for (let word = 0x6100; word <= 0x9fff; word++) {
      const { code, message } = statusWordError(word, 'sign')
      const hex = word.toString(16).toUpperCase()
      assert.match(message, new RegExp(`^The card did not sign: .*\\(${hex}\\)\\. .+\\.$`))
      assert.equal(code === 'unexpected-answer', word > 0x6fff, hex)
    }
  })
})
