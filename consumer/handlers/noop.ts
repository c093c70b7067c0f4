import { defineHandler, z } from '../../core/handler.ts'

/** Does nothing with any payload: for load tests, and to see what the platform itself costs. */
export default defineHandler({
  type: 'noop',
  description: 'Does nothing, with any payload; the result is null.',
  schema: z.unknown(),
  run: () => null,
})
