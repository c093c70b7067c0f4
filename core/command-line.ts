/** Command lines of tools: one table of zod schemas gives the check of each option and the help text. */
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { AppError } from './errors.ts'

const numeric = (pattern: RegExp, what: string, min: number, max: number) => {
  const message = `must be a ${what} from ${min} to ${max}`
  return z
    .string()
    .regex(pattern, { message, abort: true })
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message))
}
export const numberOption = (min: number, max: number) => numeric(/^-?\d+(\.\d+)?$/, 'number', min, max)
export const integerOption = (min: number, max: number) => numeric(/^-?\d+$/, 'whole number', min, max)

/** For `.meta(…)`: what stands for the value in the help text. */
export const placeholder = (value: string) => ({ placeholder: value })

export interface CommandLine {
  /** Options by name, as given. An option that may be given several times has an array. */
  readonly given: Readonly<Record<string, unknown>>
  /** What is wrong with the way they were given, a sentence each. */
  readonly faults: readonly string[]
}

/** `flags` take no value; `repeated` may be given several times; `positionals` stand without a name, in this order. */
export interface OptionKinds {
  readonly names: readonly string[]
  readonly flags: readonly string[]
  readonly repeated?: readonly string[]
  readonly positionals?: readonly string[]
}

/** Collects `--name value` and `--name=value`. Never throws. */
export const collectOptions = (args: readonly string[], kinds: OptionKinds): CommandLine => {
  const { names, flags, repeated = [] } = kinds
  const positionals = [...(kinds.positionals ?? [])]
  const options = Object.fromEntries(
    [...names, 'help'].map((name) => [
      name,
      {
        type: [...flags, 'help'].includes(name) ? ('boolean' as const) : ('string' as const),
        multiple: true,
      },
    ]),
  )
  const given: Record<string, unknown> = {}
  const lists = new Map<string, string[]>()
  const faults: string[] = []
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'positional') {
      const name = positionals.shift()
      if (name === undefined) faults.push(`${token.value}: is not expected here`)
      else given[name] = token.value
    }
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (!names.includes(name)) faults.push(`${rawName}: is not an option`)
    else if (flags.includes(name)) {
      if (value === undefined) given[name] = true
      else faults.push(`${rawName}: takes no value`)
    } else if (value === undefined) faults.push(`${rawName}: needs a value`)
    else if (repeated.includes(name)) lists.set(name, [...(lists.get(name) ?? []), value])
    else if (name in given) faults.push(`${rawName}: is given twice`)
    else given[name] = value
  }
  return { given: { ...given, ...Object.fromEntries(lists) }, faults }
}

export const wantsHelp = (args: readonly string[]): boolean => args.includes('--help')

/** @throws AppError REQUEST_INVALID with every fault, a line each; nothing where there is none */
export const refuseFaults = (faults: readonly string[]): void => {
  if (faults.length === 0) return
  throw new AppError('REQUEST_INVALID', faults.join('\n'), {
    faults: faults.map((message) => ({ path: '', message })),
  })
}

/** What schemas say of the options, a sentence each. */
export const faultsOf = (error: z.ZodError | undefined): string[] =>
  (error?.issues ?? []).map(({ path, message }) => `--${String(path[0])}: ${message}`)

/** A line for each option of a table, with its default. */
export const describeOptions = (shape: Readonly<Record<string, z.ZodType>>, width = 18): string[] =>
  Object.entries(shape).map(([name, schema]) => {
    const about = schema.meta()
    const value = about?.['placeholder']
    const usual = schema.safeParse(undefined)
    const preset =
      usual.success && usual.data !== undefined && usual.data !== false && !Array.isArray(usual.data)
        ? ` (default ${String(usual.data)})`
        : ''
    const option = `--${name}${typeof value === 'string' ? ` ${value}` : ''}`
    return `  ${option.padEnd(width)} ${about?.description ?? ''}${preset}`
  })
