import { generateKeyPair, type KeyObject } from 'node:crypto'
import type { KeyType } from '../key-pairs/key-type.ts'

export function newPrivateKey(type: KeyType): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null, _publicKey: KeyObject, privateKey: KeyObject) => {
      if (error) reject(error)
      else resolve(privateKey)
    }
    if (type.algorithm === 'RSA') {
      generateKeyPair('rsa', { modulusLength: type.keySize, publicExponent: 65_537 }, settle)
    } else {
      generateKeyPair('ec', { namedCurve: type.curve }, settle)
    }
  })
}
