/** An API that always says the same: a data set of one series, and what was found in it. Enough for the analytics page. */
import { createServer, type Server } from 'node:http'

export const POINTS = 100_000
export const SET = '00000000-0000-4000-8000-000000000001'
export const JOB = '00000000-0000-8000-8000-000000000002'
/** As the page is opened: the series with its result. */
export const address = `/view?set=${SET}&series=value&job=${JOB}`

const BEGIN_MS = Date.UTC(2026, 0, 1)
const STEP_MS = 60_000
const DAY = 1_440
const EVERY = 900

const times = Array.from({ length: POINTS }, (_, row) => BEGIN_MS + row * STEP_MS)
/** From 0 to 1, a pure function of the row. */
const chance = (row: number): number => {
  const it = Math.imul(row ^ (row >>> 13), 0x5bd1e995)
  return ((it ^ (it >>> 15)) >>> 0) / 2 ** 32
}
const usual = (row: number): number => 1_000 + 400 * Math.sin((2 * Math.PI * row) / DAY)
const isOdd = (row: number): boolean => row % EVERY < 12
const rounded = (it: number): number => Number(it.toPrecision(6))
const values = times.map((_, row) => rounded(usual(row) + 160 * (chance(row) - 0.5) + (isOdd(row) ? 500 : 0)))

const anomalies = Array.from({ length: Math.floor(POINTS / EVERY) }, (_, i) => {
  const start = i * EVERY
  return {
    start,
    end: start + 11,
    peak: start + 5,
    score: 0.7,
    severity: ['minor', 'major', 'critical'][i % 3],
  }
})
const thresholds = [0.625, 0.5714, 0.5, 0.4].map((score, i) => ({
  score,
  expectedFalseAlarms: 10 ** (i - 1),
}))

const report = {
  detector: 'forecast',
  asked: 'forecast',
  threshold: thresholds[2],
  thresholds,
  count: anomalies.length,
  anomalies,
  parameters: { window: 24 },
  explanation: `forecast flagged ${anomalies.length} ranges in ${POINTS} points.`,
  remarks: [],
  scores: values.map((_, row) => (isOdd(row) ? 0.7 : rounded(0.3 * chance(row + 7)))),
  band: {
    expected: values.map((_, row) => rounded(usual(row))),
    lower: values.map((_, row) => rounded(usual(row) - 120)),
    upper: values.map((_, row) => rounded(usual(row) + 120)),
  },
}

const at = new Date(BEGIN_MS).toISOString()
const series = { name: 'value', number: 0, points: POINTS }

/** Answers by path; what is not here is a 404. */
const answers: Readonly<Record<string, unknown>> = {
  [`/api/data-sets/${SET}`]: {
    id: SET,
    name: 'canned',
    series: 1,
    points: POINTS,
    createdAt: at,
    expiresAt: at,
  },
  [`/api/data-sets/${SET}/series`]: { series: [series] },
  [`/api/data-sets/${SET}/series/value`]: { ...series, from: 0, timestamps: times, values },
  [`/api/jobs/${JOB}`]: {
    id: JOB,
    type: 'detect',
    status: 'succeeded',
    attempts: [],
    submittedAt: at,
    result: report,
  },
  '/api/types': { types: [] },
  '/api/data-sets': { dataSets: [] },
  '/api/openapi.json': {},
}

const texts = new Map(Object.entries(answers).map(([path, body]) => [path, JSON.stringify(body)]))
const problem = JSON.stringify({
  status: 404,
  code: 'NOT_FOUND',
  detail: 'The canned API has no such thing.',
})

export const cannedApi = (): Server =>
  createServer((request, response) => {
    const text = texts.get((request.url ?? '').split('?')[0] ?? '')
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(text ?? problem)
  })
