import { createHash, timingSafeEqual } from 'node:crypto'
import type { Config, Role } from '../../core/config.ts'
import { AppError } from '../../core/errors.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export interface Caller {
  /** Whose Idempotency-Keys these are: a token's digest, or one name for all without tokens. */
  readonly tenant: string
}

/** Tells who calls by the `Authorization` of the request. @throws AppError UNAUTHENTICATED, FORBIDDEN */
export type Auth = (authorization: string | undefined, role: Role | undefined) => Caller

/** Checks bearer tokens (RFC 6750). Without tokens configured everybody may do everything. */
export const createAuth = (tokens: Config['http']['tokens']): Auth => {
  const known = tokens.map(({ token, roles }) => ({ hash: digest(token), roles }))
  return (authorization, role) => {
    if (known.length === 0 || role === undefined) return { tenant: 'anonymous' }
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
    if (given === undefined) {
      throw new AppError(
        'UNAUTHENTICATED',
        'This server wants a token: send "Authorization: Bearer <token>".',
      )
    }
    const hash = digest(given)
    // All are compared, in constant time each: how long it takes says nothing about which.
    const match = known.reduce<(typeof known)[number] | undefined>(
      (found, one) => (timingSafeEqual(one.hash, hash) ? one : found),
      undefined,
    )
    if (!match) throw new AppError('UNAUTHENTICATED', 'The token is not known here.')
    if (!match.roles.includes(role)) {
      throw new AppError('FORBIDDEN', `This needs the role ${role}; the token has ${match.roles.join(', ')}.`)
    }
    return { tenant: hash.toString('hex').slice(0, 32) }
  }
}
