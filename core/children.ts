/**
 * What the master's node asks of the master, its parent process, and is answered, over the channel between the two. Numbered: answers come
 * in any order. Errors lose their class on the way, so they travel as data.
 */
import { z } from 'zod'
import { AppError, type ErrorCode, type Fault } from './errors.ts'

/** Children are asked for in groups of so many at most, and so many characters of JSON. */
export const MAX_GROUP = 500
export const MAX_GROUP_CHARS = 4_000_000

const question = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('submit'),
    parent: z.uuid(),
    first: z.int().min(0),
    children: z.array(z.unknown()).max(MAX_GROUP),
  }),
  z.object({ what: z.literal('cancel'), ids: z.array(z.uuid()) }),
])
export type Question = z.output<typeof question>

const asked = z.object({ ask: z.int(), question })
/** Its number, and the question. */
export type Asked = z.output<typeof asked>

interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly retryable: boolean
  readonly faults: readonly Fault[]
}

/** The number of the question, and ids: of the children, or of those that were cancelled. */
export type Answered = { readonly answer: number } & (
  | { readonly ids: readonly string[] }
  | { readonly error: PlainError }
)

/** The question in a message; undefined for any other message. */
export const askedIn = (message: unknown): Asked | undefined => asked.safeParse(message).data

/** The parent is of our own version: what answers at all is an answer. */
export const isAnswered = (message: unknown): message is Answered =>
  message instanceof Object && 'answer' in message

export const plainError = ({ code, message, retryable, faults }: AppError): PlainError => ({
  code,
  message,
  retryable,
  faults,
})

export const errorOf = ({ code, message, ...options }: PlainError): AppError =>
  new AppError(code, message, options)

/** Parts of a list in order, each of at most {@link MAX_GROUP} entries and {@link MAX_GROUP_CHARS} characters of JSON, or of one entry. */
export function* inGroups<T>(items: readonly T[]): Generator<T[]> {
  let group: T[] = []
  let chars = 0
  for (const item of items) {
    const size = JSON.stringify(item)?.length ?? 0
    if (group.length === MAX_GROUP || (group.length > 0 && chars + size > MAX_GROUP_CHARS)) {
      yield group
      group = []
      chars = 0
    }
    group.push(item)
    chars += size
  }
  if (group.length > 0) yield group
}
