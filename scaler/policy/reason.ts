/** Why a fleet is scaled as it is, in an operator's words. */
import type { ScalingRules } from './behavior.ts'
import type { Stabilized } from './stabilization.ts'

export const count = (value: number): string => value.toLocaleString('en-US')

export const plural = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? '' : 's'}`

export const move = (from: number, to: number): string =>
  `${to > from ? 'growing' : 'shrinking'} ${from} → ${to}`

const size = (value: number, percent: boolean, up: boolean): string => {
  if (percent && up && value === 100) return 'double'
  if (percent && !up && value >= 100) return 'all'
  return `${count(value)}${percent ? ' %' : ''} ${up ? 'more' : 'fewer'}`
}

/** `at most 4 more or double in 15 s` */
const rulesInWords = (rules: Required<ScalingRules>, up: boolean): string => {
  const periods = new Set(rules.policies.map(({ periodSeconds }) => periodSeconds))
  const [only] = periods.size === 1 ? periods : []
  const parts = rules.policies.map(
    ({ type, value, periodSeconds }) =>
      size(value, type === 'Percent', up) + (only === undefined ? ` in ${periodSeconds} s` : ''),
  )
  const least = rules.selectPolicy === 'Min' && parts.length > 1 ? 'the least of ' : ''
  return `at most ${least}${parts.join(' or ')}${only === undefined ? '' : ` in ${only} s`}`
}

/** Why the rules of a direction keep replicas from going where the metric wants them. */
export const speedInWords = (rules: Required<ScalingRules>, up: boolean, stuck: boolean): string => {
  if (rules.selectPolicy === 'Disabled') return `scaling ${up ? 'up' : 'down'} is disabled`
  return `${rulesInWords(rules, up)}${stuck ? ', which is used up' : ''}`
}

/** What led to a decision. */
export interface Grounds {
  readonly subject: string
  readonly averageValue: number
  readonly tolerance: number
  /** What the metric alone asks for, and whether it is too little off for a change. */
  readonly wanted: number
  readonly tolerated: boolean
  readonly stabilized: Pick<Stabilized, 'replicas' | 'remembered'>
  /** Why the limits changed what was asked for. */
  readonly limitedBy: string | undefined
  readonly minReplicas: number
  readonly maxReplicas: number
}

export const explain = (grounds: Grounds, from: number, to: number): string => {
  const { subject, wanted, tolerated, stabilized, limitedBy, minReplicas, maxReplicas } = grounds
  const percent = Math.round(grounds.tolerance * 1000) / 10
  const value = tolerated
    ? `${subject} is within ${percent} % of what ${plural(from, 'worker')} ${from === 1 ? 'is' : 'are'} worth`
    : `${subject} is worth ${plural(wanted, 'worker')} at ${count(grounds.averageValue)} a worker`

  if (to === from && tolerated) return `${value}: no change`
  if (to === from && from === minReplicas && wanted < from) {
    return `${value}; kept at the minimum of ${minReplicas}`
  }
  if (to === from && from === maxReplicas && wanted > from) {
    return `${value}; capped at the maximum of ${maxReplicas}`
  }
  const { remembered } = stabilized
  // A limit that would have held anyway is the reason, whatever the window remembers.
  const limitAlone =
    limitedBy !== undefined && Math.sign(wanted - from) === Math.sign(stabilized.replicas - from)
  const because = [
    remembered && !limitAlone
      ? `the stabilization window (${count(remembered.windowSeconds)} s) still remembers ${remembered.replicas}`
      : undefined,
    limitedBy,
  ].filter((it) => it !== undefined)
  const change = to !== from ? move(from, to) : because.length > 0 ? `held at ${from}` : 'no change'
  return [`${value}; ${change}`, because.join(', ')].filter((it) => it !== '').join(': ')
}
