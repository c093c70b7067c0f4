/** A limit as two fields hold it, and back. Pure. */
import type { LimitState } from '../../kit/api/types.ts'

export interface LimitForm {
  /** Nothing: any number. */
  readonly concurrency: string
  readonly rate: string
}

export const formOf = ({ concurrency, rate }: Partial<LimitState>): LimitForm => ({
  concurrency: concurrency === undefined ? '' : String(concurrency),
  rate: rate === undefined ? '' : String(rate),
})

/** The body of a change; `paused` stays as it is, as a change replaces all of it. */
export interface LimitBody {
  readonly paused: boolean
  readonly concurrency?: number
  readonly rate?: number
}

type Faults = { readonly [name in keyof LimitForm]?: string | undefined }

export const bodyOf = (
  form: LimitForm,
  paused: boolean,
): { readonly body: LimitBody } | { readonly faults: Faults } => {
  const [concurrency, rate] = [form.concurrency.trim(), form.rate.trim()]
  const faults: { concurrency?: string; rate?: string } = {}
  if (concurrency !== '' && !/^\d+$/.test(concurrency)) faults.concurrency = 'must be a whole number'
  if (rate !== '' && !Number.isFinite(Number(rate))) faults.rate = 'must be a number'
  if (Object.keys(faults).length > 0) return { faults }
  return {
    body: {
      paused,
      ...(concurrency === '' ? {} : { concurrency: Number(concurrency) }),
      ...(rate === '' ? {} : { rate: Number(rate) }),
    },
  }
}
