/** Which dead letters a request is about. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { jobKey } from '../../core/job.ts'
import { storeError } from '../../core/store/database.ts'
import type { LetterFilter } from '../../core/store/find-letters.ts'

const text = (longest: number) =>
  z
    .string()
    .max(longest)
    .refine(
      (it) => !it.includes('\0') && it.isWellFormed(),
      'must be well-formed Unicode without NUL characters',
    )

const time = z.iso.datetime()

/** Which letters. */
export const letterFields = {
  type: text(128).optional(),
  code: text(128).optional().meta({ description: 'Of the error: `error.code`.' }),
  key: jobKey.optional(),
  from: time.optional().meta({ description: 'Died at or after this time.' }),
  to: time.optional().meta({ description: 'Died before this time.' }),
}

/** Which letters a change is for. */
export const letterChoice = {
  ids: z
    .array(z.uuid())
    .min(1)
    .max(1_000)
    .optional()
    .meta({ description: 'These, where they fit the rest.' }),
  ...letterFields,
  all: z.literal(true).optional().meta({ description: 'Needed where nothing else is given.' }),
}

/** A mistake in a filter must not stand for all letters there are. */
export const chooses = (body: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(letterChoice).some((name) => body[name] !== undefined)
export const whichOnes = { message: `must have one of ${Object.keys(letterChoice).join(', ')} at least` }

const choiceObject = z.object(letterChoice)

const ms = (at: string | undefined): number | undefined => (at === undefined ? undefined : Date.parse(at))

export const filterOf = ({
  ids,
  type,
  code,
  key,
  from,
  to,
}: Partial<z.output<typeof choiceObject>>): LetterFilter => ({
  ids,
  type,
  code,
  key,
  from: ms(from),
  to: ms(to),
})

export const isId = (id: string): boolean => z.uuid().safeParse(id).success

export const noLetter = (id: string): AppError => new AppError('NOT_FOUND', `There is no dead letter ${id}.`)

/** What the store answers. @throws AppError STORE_UNAVAILABLE */
export const asked = <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((error: unknown) => {
    throw storeError(error)
  })
