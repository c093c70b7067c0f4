import { AppError, faultsOf } from '../core/errors.ts'
import type { Handler, HandlerContext } from '../core/handler.ts'

/** The payload as the handler's schema puts it out. @throws AppError REQUEST_INVALID */
export const checkPayload = (handler: Handler, payload: unknown): unknown => {
  const parsed = handler.schema.safeParse(payload)
  if (parsed.success) return parsed.data
  const faults = faultsOf(parsed.error.issues, '/payload')
  throw new AppError('REQUEST_INVALID', 'the payload does not fit the type', { faults })
}

/**
 * Calls a handler with its payload, checked.
 * @throws AppError REQUEST_INVALID (payload), or whatever the handler throws
 */
export const callHandler = (handler: Handler, payload: unknown, context: HandlerContext): unknown =>
  handler.run(checkPayload(handler, payload), context)
