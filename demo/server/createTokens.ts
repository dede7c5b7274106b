import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

interface Grant {
  channels: string[]
  /** Epoch ms. */
  expiresAt: number
}

/**
 * Tokens as the service signs them: JWTs whose capability, a text of JSON, names the channels.
 *
 * @param prefix of the environment's channels
 */
export function createTokens(prefix: string) {
  const secret = randomBytes(32)
  /** Tokens that were made before this are as good as expired. */
  let validSince = 0
  let issued = 0

  const sign = (text: string) => createHmac('sha256', secret).update(text).digest()

  return {
    issue(lifeS: number) {
      const iat = Math.floor(Date.now() / 1000)
      const subscribe = ['subscribe']
      const watch = ['subscribe', 'channel-metadata:publishers']
      const capability = {
        [`${prefix}_control`]: subscribe,
        [`${prefix}_flags`]: subscribe,
        [`${prefix}_memberships`]: subscribe,
        control_pri: watch,
        control_sec: watch,
      }
      const text = [
        { alg: 'HS256', kid: 'pennon.demo', typ: 'JWT' },
        {
          'x-ably-capability': JSON.stringify(capability),
          'x-ably-clientId': 'clientId',
          exp: iat + lifeS,
          iat,
          // Two tokens of one second differ.
          jti: String(++issued),
        },
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')
      return `${text}.${sign(text).toString('base64url')}`
    },

    /** @returns undefined for a token that this server did not make */
    read(token: string): Grant | undefined {
      const [head, payload, signature] = token.split('.')
      const given = Buffer.from(signature ?? '', 'base64url')
      const right = sign(`${head}.${payload}`)
      if (!payload || given.length !== right.length || !timingSafeEqual(given, right)) return undefined
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, string | number>
      return {
        channels: Object.keys(JSON.parse(String(claims['x-ably-capability'])) as object),
        expiresAt: Number(claims['jti']) > validSince ? Number(claims['exp']) * 1000 : 0,
      }
    },

    expireAll() {
      validSince = issued
    },
  }
}
