/**
 * A route: its schemas, its documentation and its function in one value. Express serves it, the OpenAPI document
 * describes it, and its schemas check each request: one source for the three.
 */
import type { Request, Response } from 'express'
import type { z } from 'zod'
import type { Role } from '../../core/config.ts'
import { AppError, type Fault, faultsOf } from '../../core/errors.ts'

export interface Answer {
  readonly description: string
  readonly schema?: z.ZodType
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Input<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
}

export interface RouteSpec<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** Express's form, under `/api`: `/jobs/:id`. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  /** Undefined: open to everybody. */
  readonly role?: Role
  readonly params?: Params
  readonly query?: Query
  /** A JSON body. */
  readonly body?: Body
  /** Media types that may come instead of JSON, as text: `request.body` is the text then, and the input has no body. */
  readonly texts?: readonly string[]
  /** A body that the function reads itself, with its media type, or those that it may have. */
  readonly stream?: string | readonly string[]
  readonly headers?: z.ZodObject
  readonly answers: Readonly<Record<number, Answer>>
  handle(
    input: Input<z.output<Params>, z.output<Query>, z.output<Body>>,
    request: Request,
    response: Response,
  ): Promise<void> | void
}

/** A route whose types are checked and then forgotten: what a list of routes holds. */
export interface Route extends Omit<RouteSpec<z.ZodType, z.ZodType, z.ZodType>, 'handle'> {
  serve(request: Request, response: Response): Promise<void>
}

const part = <S extends z.ZodType>(
  schema: S | undefined,
  value: unknown,
  faults: Fault[],
  where: string,
): z.output<S> => {
  if (!schema) return undefined as z.output<S>
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  faults.push(
    ...faultsOf(parsed.error.issues).map(({ path, message }) => ({ path, message: where + message })),
  )
  return undefined as z.output<S>
}

const refuse = (faults: readonly Fault[]): never => {
  const said = faults.map(({ path, message }) => `${path || 'the body'}: ${message}`)
  throw new AppError('REQUEST_INVALID', said.slice(0, 5).join('; '), { faults: faults.slice(0, 50) })
}

/** A body that fits. @throws AppError REQUEST_INVALID naming every wrong place */
export const checkBody = <S extends z.ZodType>(schema: S, body: unknown): z.output<S> => {
  const faults: Fault[] = []
  const checked = part(schema, body, faults, '')
  return faults.length > 0 ? refuse(faults) : checked
}

/** Makes a route. Its function runs only with input that fits. @throws AppError REQUEST_INVALID naming every wrong place */
export const route = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  spec: RouteSpec<P, Q, B>,
): Route => {
  const { handle, ...about } = spec
  return {
    ...about,
    async serve(request, response) {
      const faults: Fault[] = []
      const params = part(spec.params, request.params, faults, '')
      const query = part(spec.query, request.query, faults, 'query parameter: ')
      const isText = spec.texts !== undefined && Boolean(request.is([...spec.texts]))
      const body = part(spec.body, isText ? undefined : request.body, faults, '')
      if (faults.length > 0) refuse(faults)
      await handle({ params, query, body }, request, response)
    },
  }
}

/** Sends JSON. */
export const json = (response: Response, status: number, body: unknown): void => {
  response.status(status).type('application/json').send(JSON.stringify(body))
}
