import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { invalid } from '@muster/core/lib/error.ts'

/** Where a secret belongs; a sealed text opens only in its own place. */
export interface SecretPlace {
  readonly kind: 'source' | 'destination' | 'notifier'
  readonly name: string
  readonly field: string
}

export interface SecretBox {
  seal(text: string, place: SecretPlace): string
  open(sealed: string, place: SecretPlace): string
}

const nonceBytes = 12
const tagBytes = 16

/** AES-256-GCM under the installation's key of 32 bytes: nonce, tag and ciphertext in base64. */
export function createSecretBox(key: Buffer): SecretBox {
  return {
    seal: (text, place) => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound(place))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')
    },
    open: (sealed, place) => {
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
        .setAAD(bound(place))
        .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
      try {
        const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()])
        return text.toString('utf8')
      } catch (cause) {
        throw invalid(
          'secret_key',
          `the secret ${place.field} of ${place.kind} ${place.name} cannot be decrypted`,
          {
            hint: 'Start Muster with the MUSTER_SECRET_KEY it was stored with, or store the secret again.',
            cause,
          },
        )
      }
    },
  }
}

function bound({ kind, name, field }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify([kind, name, field]))
}
