import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { sampleCertificateTemplate, sampleProfileTemplate } from '../records.ts'
import { audited, type OpenTestDatabase, withCode } from '../store-contract.ts'

export function templatesContract(open: OpenTestDatabase): void {
  test('keeps every version of a profile template and makes the last saved one current', async t => {
    const { store } = await open(t)
    const first = sampleProfileTemplate()
    const second = { ...first, version: 2, description: 'changed' }
    await audited(store, tx => tx.saveProfileTemplate(first))
    assert.deepEqual(await store.reader.findProfileTemplate(first.uuid), first)
    await audited(store, tx => tx.saveProfileTemplate(second))
    assert.deepEqual(await store.reader.findProfileTemplate(first.uuid), second)
    assert.deepEqual(await store.reader.findProfileTemplateVersion(first.uuid, 1), first)
    assert.deepEqual(await store.reader.findProfileTemplateVersion(first.uuid, 2), second)
    assert.equal(await store.reader.findProfileTemplateVersion(first.uuid, 3), null)
    assert.equal(await store.reader.findProfileTemplate(randomUUID()), null)
  })

  test('takes the same version of a profile template again, but not with other contents', async t => {
    const { store } = await open(t)
    const first = sampleProfileTemplate()
    const second = { ...first, version: 2, name: 'changed' }
    for (const template of [first, second, second])
      await audited(store, tx => tx.saveProfileTemplate(template))
    await assert.rejects(
      audited(store, tx => tx.saveProfileTemplate({ ...second, grants: [] })),
      withCode('ConcurrentChange'),
    )
    assert.deepEqual(await store.reader.findProfileTemplate(first.uuid), second)
    assert.deepEqual(await store.reader.findProfileTemplateVersion(first.uuid, 2), second)
  })

  test('lists the current profile templates by name, byte by byte', async t => {
    const { store } = await open(t)
    const template = (name: string) => sampleProfileTemplate({ name })
    const changing = template('a')
    await audited(store, async tx => {
      for (const saved of [template('b'), changing, template('C'), template('ä')])
        await tx.saveProfileTemplate(saved)
      await tx.saveProfileTemplate({ ...changing, version: 2, name: 'z' })
    })
    const listed = await store.reader.listProfileTemplates()
    assert.deepEqual(
      listed.map(({ name, version }) => [name, version]),
      [
        ['C', 1],
        ['b', 1],
        ['z', 2],
        ['ä', 1],
      ],
    )
  })

  test('replaces a certificate template', async t => {
    const { store } = await open(t)
    const template = sampleCertificateTemplate()
    await audited(store, tx => tx.saveCertificateTemplate({ ...template, validityDays: 1 }))
    await audited(store, tx => tx.saveCertificateTemplate(template))
    assert.deepEqual(await store.reader.findCertificateTemplate(template.commonName), template)
    assert.equal(await store.reader.findCertificateTemplate('None'), null)
  })
}
