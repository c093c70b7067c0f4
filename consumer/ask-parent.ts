/** Asks the parent process over the channel to it, and hands out its answers. */
import type { ChildProcess } from 'node:child_process'
import { type Answered, errorOf, isAnswered, type Question } from '../core/children.ts'
import { toError } from '../core/errors.ts'

/** The end of the channel that is here: `process`, as a rule. */
export interface Channel {
  /** Where nobody is at the other end any more nothing happens. */
  send(message: object): void
  onMessage(take: (message: unknown) => void): void
}

/** This process's channel to its parent; undefined where it has none. */
export const channelToParent = (): Channel | undefined => {
  const send: ChildProcess['send'] | undefined = process.send?.bind(process)
  return (
    send && {
      send: (message) => {
        if (process.connected) send(message, undefined, undefined, () => {})
      },
      onMessage: (take) => process.on('message', take),
    }
  )
}

/** Asks; resolves to ids. Rejects with the parent's error, or with the reason of the signal, once that is aborted. */
export type Ask = (question: Question, signal: AbortSignal) => Promise<readonly string[]>

/**
 * Questions to the parent. One that ends without an answer gives none: then this process ends, too, and whoever waits is told so by its
 * signal.
 */
export const askOn = (channel: Channel): Ask => {
  const waiting = new Map<number, (answered: Answered) => void>()
  let last = 0
  channel.onMessage((message) => {
    if (isAnswered(message)) waiting.get(message.answer)?.(message)
  })
  return async (question, signal) => {
    signal.throwIfAborted()
    const ask = ++last
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>()
    const leave = (): void => reject(toError(signal.reason))
    signal.addEventListener('abort', leave, { once: true })
    waiting.set(ask, (answered) =>
      'ids' in answered ? resolve(answered.ids) : reject(errorOf(answered.error)),
    )
    channel.send({ ask, question })
    try {
      return await promise
    } finally {
      waiting.delete(ask)
      signal.removeEventListener('abort', leave)
    }
  }
}
