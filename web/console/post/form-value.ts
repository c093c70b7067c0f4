/** The values that forms edit: which fit a field, what a fresh one begins with, and how they are changed. Pure. */
import type { Field, Member, VariantsField } from './form-model.ts'

export type Value = unknown

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** A list with more rows is shown as JSON. */
const MAX_ROWS = 100

/** Whether the field can show the value. What is missing fits everywhere; members that don't fit are shown as JSON each. */
export const fits = (field: Field, value: unknown): boolean => {
  if (value === undefined) return true
  switch (field.kind) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number'
    case 'choice':
      return field.options.some((it) => isSame(it, value))
    case 'constant':
      return isSame(field.value, value)
    case 'list':
      return (
        Array.isArray(value) &&
        value.length <= MAX_ROWS &&
        value.every((it) => it === null || fits(field.item, it))
      )
    case 'numbers':
      return (
        Array.isArray(value) && value.every((it) => typeof it === 'number' || (it === null && field.hasGaps))
      )
    case 'object':
      return isRecord(value)
    case 'variants':
      return field.variants.some((it) => fits(it.field, value))
    case 'json':
      return true
  }
}

const memberOf = (value: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(value, name) ? value[name] : undefined

/** What tells variants apart: members that have to be there, and those with a fixed value. */
const isMeant = (field: Field, value: unknown): boolean => {
  if (!fits(field, value)) return false
  if (field.kind !== 'object' || !isRecord(value)) return true
  return field.members.every(({ name, field: it, isRequired }) => {
    const member = memberOf(value, name)
    if (member === undefined) return !isRequired
    return (it.kind !== 'constant' && it.kind !== 'choice') || fits(it, member)
  })
}

/** The variant that a value is of: the one chosen where it fits that; -1 for none. */
export const variantOf = (
  { variants }: VariantsField,
  value: unknown,
  chosen: number | undefined,
): number => {
  const own = chosen === undefined ? undefined : variants[chosen]
  if (chosen !== undefined && own && fits(own.field, value)) return chosen
  if (value === undefined) return chosen ?? 0
  const meant = variants.findIndex(({ field }) => isMeant(field, value))
  return meant >= 0 ? meant : variants.findIndex(({ field }) => fits(field, value))
}

/** What a field begins with: what has to be there and can be known. */
export const initialOf = (field: Field, isRequired: boolean): unknown => {
  if (!isRequired) return undefined
  if (field.fallback !== undefined) return field.fallback
  switch (field.kind) {
    case 'constant':
      return field.value
    case 'list':
      return []
    case 'object':
      return Object.fromEntries(
        field.members.flatMap(({ name, field: it, isRequired: needed }) => {
          const value = initialOf(it, needed)
          return value === undefined ? [] : [[name, value]]
        }),
      )
    case 'variants': {
      const [first] = field.variants
      return first && initialOf(first.field, true)
    }
    default:
      return undefined
  }
}

/**
 * An object with another value of one member; undefined takes it away. What the form does not know stays; what comes anew takes its place in
 * the order of the members. An object that may be missing is, once it is empty.
 */
export const withMember = (
  value: unknown,
  name: string,
  next: unknown,
  { members, isRequired }: { readonly members: readonly Member[]; readonly isRequired: boolean },
): unknown => {
  const known = isRecord(value) ? Object.entries(value) : []
  const at = known.findIndex(([it]) => it === name)
  const placeOf = (of: string): number => members.findIndex((it) => it.name === of)
  const after = known.findIndex(([it]) => placeOf(it) > placeOf(name))
  const entries = known.filter(([it]) => it !== name)
  if (next !== undefined) entries.splice(at >= 0 ? at : after >= 0 ? after : known.length, 0, [name, next])
  return entries.length === 0 && !isRequired ? undefined : Object.fromEntries(entries)
}

/** Whether there is nothing to fill in: it is there, has to be, and is always the same. */
export const isSettled = ({ field, isRequired }: Member, value: unknown): boolean =>
  isRequired && field.kind === 'constant' && value !== undefined && isSame(field.value, value)

/** Members that the form does not show. */
export const unknownNames = (members: readonly Member[], value: unknown): string[] => {
  const known = new Set(members.map(({ name }) => name))
  return isRecord(value) ? Object.keys(value).filter((it) => !known.has(it)) : []
}

export const memberValue = (value: unknown, name: string): unknown =>
  isRecord(value) ? memberOf(value, name) : undefined

/** A JSON Pointer (RFC 6901), one step deeper. */
export const pointerTo = (pointer: string, name: string | number): string =>
  `${pointer}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`

export type Read = { readonly value: unknown } | { readonly fault: string }

/** Numbers as they are pasted: between spaces, commas or lines, in brackets or not. */
export const readNumbers = (text: string, hasGaps: boolean): Read => {
  const words = text
    .replace(/^\s*\[|\]\s*$/g, '')
    .split(/[\s,;]+/)
    .filter((it) => it !== '')
  if (words.length === 0) return { value: undefined }
  const values: (number | null)[] = []
  for (const word of words) {
    const isGap = hasGaps && /^(null|nan|na|-)$/i.test(word)
    const number = isGap ? null : Number(word)
    if (number !== null && !Number.isFinite(number)) return { fault: `${word.slice(0, 40)} is not a number` }
    values.push(number)
  }
  return { value: values }
}

export const writeNumbers = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join(', ') : ''

export const readJson = (text: string): Read => {
  if (text.trim() === '') return { value: undefined }
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    return { fault: `Not JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}

export const readNumber = (text: string): Read => {
  if (text.trim() === '') return { value: undefined }
  const value = Number(text)
  return Number.isFinite(value) ? { value } : { fault: 'Not a number' }
}
