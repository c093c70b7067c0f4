import { pino } from 'pino'

export type Logger = pino.Logger

/** One JSON object a line on standard output; every line carries the node. */
export const createLogger = (level: string, node: string): Logger =>
  pino({
    level,
    base: { node },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.err },
  })
