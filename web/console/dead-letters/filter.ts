/** Which dead letters are looked at: in the page's address, and as the API is asked. Pure. */
import { pathOf } from '../../kit/api/path.ts'

const fields = ['type', 'code', 'key', 'from', 'to'] as const

/** What is absent does not matter. `from` is included, `to` is not. */
export type LetterFilter = Readonly<Partial<Record<(typeof fields)[number], string>>>

/** A filter without what is empty. */
const tidy = (filter: LetterFilter): LetterFilter =>
  Object.fromEntries(fields.flatMap((name) => (filter[name] ? [[name, filter[name]]] : [])))

const isTime = (text: string | undefined): boolean => text === undefined || !Number.isNaN(Date.parse(text))

/** Of an address; what can't be a time there is left out. */
export const filterOf = (query: Readonly<Record<string, string>>): LetterFilter => {
  const { from, to, ...rest } = tidy(query)
  return {
    ...rest,
    ...(from && isTime(from) ? { from: new Date(from).toISOString() } : {}),
    ...(to && isTime(to) ? { to: new Date(to).toISOString() } : {}),
  }
}

/** The page's address, with the letter that is open. */
export const addressOf = (filter: LetterFilter, id?: string): string =>
  pathOf('/dead-letters', { ...tidy(filter), id })

/** The body of a change to all that fit. A filter that is empty stands for all of them: the API wants that said. */
export const choiceOf = (filter: LetterFilter): Readonly<Record<string, string | true>> => {
  const given = tidy(filter)
  return Object.keys(given).length === 0 ? { all: true } : (given as Record<string, string>)
}

export const isEmpty = (filter: LetterFilter): boolean => Object.keys(tidy(filter)).length === 0
