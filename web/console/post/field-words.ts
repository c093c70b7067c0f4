/** What is said beside a field: its range, what holds where it is left out, its hint in short. Pure. */
import { count, plural } from '../../kit/format.ts'
import type { Field } from './form-model.ts'

const plain = (value: number): string => (Number.isInteger(value) ? count(value) : String(value))

/** `0 to 3,600,000`, `more than 0 and less than 1`, `20 to 100,000 items`; '' where everything may be. */
export const rangeWords = (field: Field): string => {
  if (field.kind === 'number') {
    const { min, max, isMinOut, isMaxOut } = field
    if (min !== undefined && max !== undefined && !isMinOut && !isMaxOut)
      return `${plain(min)} to ${plain(max)}`
    const parts = [
      ...(min === undefined ? [] : [isMinOut ? `more than ${plain(min)}` : `${plain(min)} or more`]),
      ...(max === undefined ? [] : [isMaxOut ? `less than ${plain(max)}` : `at most ${plain(max)}`]),
    ]
    return parts.join(' and ')
  }
  if (field.kind !== 'list' && field.kind !== 'numbers') return ''
  const { least, most } = field
  if (most !== Infinity) return `${count(least)} to ${count(most)}${field.kind === 'list' ? ' items' : ''}`
  if (least === 0) return ''
  return field.kind === 'list' ? `${plural(least, 'item')} or more` : `${count(least)} or more`
}

export const defaultWords = ({ fallback }: Field): string =>
  fallback === undefined
    ? ''
    : `default ${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}`

/** Longer hints are folded after their first sentence. */
const SHORT = 180

/** A hint's beginning, and the rest of it. */
export const splitHint = (hint: string): { readonly head: string; readonly rest: string } => {
  if (hint.length <= SHORT) return { head: hint, rest: '' }
  const end = /[.:;](?=\s)/.exec(hint.slice(0, SHORT * 2))
  const at = end && end.index < SHORT ? end.index + 1 : hint.lastIndexOf(' ', SHORT)
  return { head: hint.slice(0, at).trim(), rest: hint.slice(at).trim() }
}
