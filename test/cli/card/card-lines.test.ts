import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cardLines } from '../../../src/cli/card/card-lines.ts'
import type { CardDescription } from '../../../src/client/virtual-card/describe-card.ts'

test('a certificate on a card cannot drive the terminal', () => {
  const certificate = {
    subject: 'CN=\u009b2J\u202eAlice',
    issuer: 'CN=\u009d0;title\u009c',
    serialNumber: '01',
    notBefore: new Date(0),
    notAfter: new Date(0),
  }
  const card: CardDescription = {
    application: 'PIV',
    answerToReset: '3b00',
    cardId: null,
    serialNumber: null,
    managementKeyType: null,
    pinTriesLeft: null,
    pukTriesLeft: null,
    keys: [{ keyId: '9a', algorithm: 'EC P-256', certificate }],
  }
  const lines = cardLines(card, null)
  assert.ok(lines.includes('  subject        CN=?2J?Alice'))
  assert.ok(lines.includes('  issuer         CN=?0;title?'))
})
