/** A real Kafka broker on this machine, its data in a folder: Apache's own jars on Java, ready when a client says so. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { readConfig } from '../core/config.ts'
import { AppError } from '../core/errors.ts'
import { createKafka } from '../core/kafka/client.ts'
import { findJava } from './java.ts'
import { classArchive, kafkaJars, logSettings } from './kafka-jars.ts'
import { serverProperties } from './kafka-settings.ts'
import { logFile, readLog } from './logs.ts'
import { stablePorts, whyNotReached } from './ports.ts'
import { describeExit, type Exit, type Running, startProcess } from './process.ts'
import { refuseSecond } from './records.ts'
import { lastLines, runTool } from './tool.ts'

export interface ServerOptions {
  /** Its data, settings, logs and records go here; made where it is missing. */
  readonly dataDir: string
  /** Takes a line for each step that takes long. */
  readonly log: (line: string) => void
  /** Gives up a start that is not finished. */
  readonly signal?: AbortSignal | undefined
}

export interface LocalKafka {
  /** `host:port`, the same at every start unless somebody else has taken the port. */
  readonly brokers: string
  readonly pid: number
  readonly exited: Promise<Exit>
  stop(): Promise<Exit>
  kill(): void
}

const READY_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 8_000
/** The first stop also writes the class archive. */
const ARCHIVE_LIMIT_MS = 12_000

/** Whether a broker answers there now; never rejects. */
const answers = async (port: number): Promise<boolean> => {
  // kafkajs would wait longer and longer between its attempts to connect.
  if ((await whyNotReached(port, '127.0.0.1')) !== undefined) return false
  const { kafka } = readConfig({ KAFKA_BROKERS: `127.0.0.1:${port}` }, 'master')
  const admin = createKafka(kafka, 'local', pino({ level: 'silent' })).admin({ retry: { retries: 0 } })
  try {
    await admin.connect()
    await admin.describeCluster()
    return true
  } catch {
    return false
  } finally {
    await admin.disconnect().catch(() => {})
  }
}

/** What the broker's log says last that is no stack trace, exceptions first. */
const causeOf = (log: string): string => {
  const lines = log.split('\n').filter((line) => !/^\s*(at |\.\.\.)/.test(line))
  return (lines.findLast((line) => /Exception|Error:/.test(line)) ?? lastLines(lines.join('\n'))).slice(
    0,
    300,
  )
}

const untilReady = async (
  broker: Running,
  port: number,
  dataDir: string,
  logged: number,
  signal?: AbortSignal,
): Promise<void> => {
  const since = performance.now()
  let exit: Exit | undefined
  void broker.exited.then((how) => {
    exit = how
  })
  while (!(await answers(port))) {
    signal?.throwIfAborted()
    const failure =
      exit !== undefined
        ? `ended while starting (${describeExit(exit)})`
        : performance.now() - since > READY_LIMIT_MS
          ? `did not answer within ${READY_LIMIT_MS / 1000} s`
          : undefined
    if (failure !== undefined) {
      const tail = causeOf(readLog(dataDir, 'kafka').slice(logged))
      throw new AppError('SETUP_FAILED', `kafka: ${failure}: ${tail} (${logFile(dataDir, 'kafka')})`)
    }
    await delay(25)
  }
}

/**
 * Starts the broker on the data of `dataDir`, which is made at first. What ran there before must have ended.
 * @throws AppError SETUP_FAILED: Java or Maven missing, no free port, or the broker does not come up
 */
export const startKafka = async ({ dataDir, log, signal }: ServerOptions): Promise<LocalKafka> => {
  const folder = resolve(dataDir, 'kafka')
  const data = join(folder, 'data')
  const settings = join(folder, 'server.properties')
  const env = process.env
  refuseSecond(dataDir, 'kafka')
  const java = await findJava(env, signal)
  const jars = await kafkaJars(env, log, signal)
  mkdirSync(folder, { recursive: true })
  const ports = await stablePorts(join(folder, 'ports.json'), ['broker', 'controller'])
  writeFileSync(settings, serverProperties(data, ports))

  const archive = classArchive(java, jars)
  const jvm = [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData',
    '-XX:+ExitOnOutOfMemoryError',
  ]
  const main = ['-cp', jars.join(delimiter), `-Dlog4j2.configurationFile=${logSettings}`]

  if (!existsSync(join(data, 'meta.properties'))) {
    const id = randomBytes(16).toString('hex').slice(0, 22)
    // The broker's archive holds most of what this tool loads, too.
    const shared = archive.making ? [] : archive.options
    const format = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', settings]
    const { code, output } = await runTool(java.command, [...jvm, ...shared, ...main, ...format], {
      env,
      signal,
    })
    if (code !== 0)
      throw new AppError('SETUP_FAILED', `kafka: ${data} can’t be formatted: ${lastLines(output)}`)
  }

  const logged = readLog(dataDir, 'kafka').length
  const broker = await startProcess({
    name: 'kafka',
    dataDir,
    command: java.command,
    args: [...jvm, ...archive.options, ...main, 'kafka.Kafka', settings],
    mark: settings,
    env,
    cwd: folder,
    stopSignal: 'SIGTERM',
    stopLimitMs: archive.making ? ARCHIVE_LIMIT_MS : STOP_LIMIT_MS,
  })
  const brokers = `127.0.0.1:${ports.broker}`
  try {
    await untilReady(broker, ports.broker, dataDir, logged, signal)
  } catch (error) {
    broker.kill()
    await broker.exited
    throw error
  }
  return {
    brokers,
    pid: broker.pid,
    exited: broker.exited,
    kill: broker.kill,
    stop: async () => {
      const exit = await broker.stop()
      // Java's own code for an end by SIGTERM, in peace: the archive is whole.
      if (exit.code === 143) archive.keep()
      return exit
    },
  }
}
