import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { AppError, toError } from '../errors.ts'
import type { Handler } from '../handler.ts'
import { jobOptions } from '../job.ts'
import { resolveFromProduct } from './resolve.ts'

/** A handler and the file it came from (a thread loads it from there again). */
export interface RegisteredHandler {
  readonly handler: Handler
  readonly file: string
}

/** Handlers by job type. */
export type HandlerRegistry = ReadonlyMap<string, RegisteredHandler>

const fields = z.object({
  type: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower case letters, digits, . _ - and at most 64 of them'),
  description: z.string().optional(),
  schema: z.custom<z.ZodType>(
    (it) => typeof it === 'object' && it !== null && 'safeParse' in it,
    'must be a zod schema',
  ),
  thread: z.boolean().optional(),
  control: z.boolean().optional(),
  defaults: jobOptions.pick({ maxAttempts: true, timeoutMs: true }).optional(),
  load: z
    .custom<NonNullable<Handler['load']>>(
      (it) => typeof it === 'function',
      'must be a function (payload, context) => what run gets',
    )
    .optional(),
  run: z.custom<Handler['run']>(
    (it) => typeof it === 'function',
    'must be a function (payload, context) => result',
  ),
})

const shape = fields.refine(({ thread, load }) => load === undefined || thread === true, {
  path: ['load'],
  message: 'is for handlers with `thread: true`',
})

const isHandler = (value: unknown): value is Handler => shape.safeParse(value).success

/**
 * Loads one handler from the default export of a module.
 * @throws AppError HANDLER_INVALID, naming the file and what is wrong with it
 */
export const loadHandler = async (file: string): Promise<Handler> => {
  resolveFromProduct(file)
  let exported: unknown
  try {
    const module: { default?: unknown } = await import(pathToFileURL(file).href)
    exported = module.default
  } catch (cause) {
    throw new AppError('HANDLER_INVALID', `${file} can't be loaded: ${toError(cause).message}`, { cause })
  }
  if (isHandler(exported)) return exported
  const wrong = shape
    .safeParse(exported)
    .error?.issues.map((i) => `${i.path.join('.') || 'default export'}: ${i.message}`)
  throw new AppError('HANDLER_INVALID', `${file} is no handler: ${wrong?.join('; ')}`)
}

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() ?? false

/** The handler files of a folder: `name.ts|js|mjs`, or `index.*` of a sub-folder. Helpers start with `_` or `.`. */
const handlerFiles = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new AppError(
      'HANDLER_INVALID',
      `handler folder ${folder} can't be read: ${toError(cause).message}`,
      { cause },
    )
  })
  const files: string[] = []
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
    if (/^[._]/.test(entry.name) || /\.(test|d)\.[mc]?ts$/.test(entry.name)) continue
    const path = join(folder, entry.name)
    if (await isFile(path)) {
      if (/\.(ts|mts|js|mjs)$/.test(entry.name)) files.push(path)
      continue
    }
    for (const index of ['index.ts', 'index.mts', 'index.js', 'index.mjs']) {
      if (await isFile(join(path, index))) files.push(join(path, index))
    }
  }
  return files
}

/**
 * Loads every handler of the given folders; a later folder may not redefine a type.
 * @throws AppError HANDLER_INVALID
 */
export const loadHandlers = async (folders: readonly string[]): Promise<HandlerRegistry> => {
  const registry = new Map<string, RegisteredHandler>()
  for (const folder of folders) {
    for (const file of await handlerFiles(resolve(folder))) {
      const handler = await loadHandler(file)
      const other = registry.get(handler.type)
      if (other)
        throw new AppError(
          'HANDLER_INVALID',
          `type ${handler.type} is defined by both ${other.file} and ${file}`,
        )
      registry.set(handler.type, { handler, file })
    }
  }
  return registry
}
