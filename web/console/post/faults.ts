/** Which of the faults that the API names belong to which field. Pure. */
import type { Fault } from '../../kit/api/problem.ts'

const isWithin = (path: string, pointer: string): boolean =>
  path === pointer || path.startsWith(`${pointer}/`)

/** In words for who fills in a form: there nothing is undefined, it is missing. */
const words = (message: string): string =>
  /(?:received undefined|^Required)$/.test(message) ? 'is missing' : message

/** Of a field that shows its value as a whole: all faults in it, each with the place where it is. */
export const faultWithin = (faults: readonly Fault[], pointer: string): string | undefined => {
  const own = faults.filter(({ path }) => isWithin(path, pointer))
  if (own.length === 0) return undefined
  return own
    .slice(0, 5)
    .map(({ path, message }) =>
      path === pointer ? words(message) : `${path.slice(pointer.length + 1)}: ${words(message)}`,
    )
    .join('; ')
}

/** Of a field with fields in it (at the pointers `inner`): what none of them shows. */
export const faultBeside = (
  faults: readonly Fault[],
  pointer: string,
  inner: readonly string[],
): string | undefined =>
  faultWithin(
    faults.filter(({ path }) => !inner.some((it) => isWithin(path, it))),
    pointer,
  )
