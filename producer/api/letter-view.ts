/** A dead letter as the API shows it, and the cursor of its pages. */
import { z } from 'zod'
import { attempt, jobError } from '../../core/job.ts'
import type { DeadLetter } from '../../core/store/dead-letters.ts'
import type { LetterCursor, LetterView } from '../../core/store/find-letters.ts'

const time = z.iso.datetime()

export const letterSchema = z
  .object({
    id: z.uuid().meta({ description: 'The job’s id; a random one where it is no job.' }),
    replayable: z.boolean().meta({ description: 'False for a record that is no job: it can’t be put back.' }),
    topic: z.string(),
    partition: z.int(),
    offset: z.int().optional().meta({ description: 'Absent where it never was in the log.' }),
    type: z.string().optional(),
    key: z.string().optional(),
    traceparent: z.string().optional(),
    error: jobError,
    attempts: z.array(attempt),
    submittedAt: time.optional(),
    diedAt: time,
    size: z.int().optional().meta({ description: 'Bytes of its value; absent without one.' }),
  })
  .meta({ id: 'DeadLetter' })

export const letterWithValueSchema = letterSchema
  .extend({
    value: z
      .unknown()
      .optional()
      .meta({ description: 'The record’s value, where it is JSON: a job’s payload and options.' }),
    valueBase64: z.string().optional().meta({ description: 'The record’s value, where it is not.' }),
  })
  .meta({ id: 'DeadLetterWithValue' })

export const letterOf = ({ submittedAt, diedAt, ...rest }: LetterView): z.output<typeof letterSchema> => ({
  id: rest.id,
  replayable: rest.replayable,
  topic: rest.topic,
  partition: rest.partition,
  ...(rest.offset === undefined ? {} : { offset: rest.offset }),
  ...(rest.type === undefined ? {} : { type: rest.type }),
  ...(rest.key === undefined ? {} : { key: rest.key }),
  ...(rest.traceparent === undefined ? {} : { traceparent: rest.traceparent }),
  error: rest.error,
  attempts: [...rest.attempts],
  ...(submittedAt === undefined ? {} : { submittedAt: new Date(submittedAt).toISOString() }),
  diedAt: new Date(diedAt).toISOString(),
  ...(rest.size === undefined ? {} : { size: rest.size }),
})

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A value as JSON if it is some that can be written again (not if it is nested too deeply), else in base64. */
export const jsonOf = (value: Buffer | null): { value?: unknown; valueBase64?: string } => {
  if (value === null) return {}
  try {
    const parsed: unknown = JSON.parse(utf8.decode(value))
    JSON.stringify(parsed)
    return { value: parsed }
  } catch {
    return { valueBase64: value.toString('base64') }
  }
}

export const letterWithValueOf = (
  letter: LetterView & Pick<DeadLetter, 'value'>,
): z.output<typeof letterWithValueSchema> => ({ ...letterOf(letter), ...jsonOf(letter.value) })

/** As text: when it died, and its id. */
export const writeCursor = ({ diedAt, id }: LetterCursor): string => `${new Date(diedAt).toISOString()}_${id}`

const cursor = z.tuple([time, z.uuid()])

/** Undefined for what is no cursor. */
export const readCursor = (text: string): LetterCursor | undefined => {
  const { data } = cursor.safeParse(text.split('_'))
  return data && { diedAt: Date.parse(data[0]), id: data[1] }
}
