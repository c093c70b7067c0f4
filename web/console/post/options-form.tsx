/** What a job may have besides its payload: folded away, for most have none of it. */
import { useEffect, useRef } from 'preact/hooks'
import type { Fault } from '../../kit/api/problem.ts'
import { plural } from '../../kit/format.ts'
import { SelectField, TextField } from '../../kit/parts/field.tsx'
import { DurationField, WholeField } from './amount-fields.tsx'
import { faultWithin } from './faults.ts'
import type { Options } from './submission.ts'

const names = ['key', 'priority', 'delayMs', 'runAt', 'maxAttempts', 'timeoutMs', 'backoffMs', 'maxBackoffMs']

export const OptionsForm = ({
  options,
  onChange,
  faults,
  isControl,
}: {
  readonly options: Options
  readonly onChange: (options: Options) => void
  readonly faults: readonly Fault[]
  readonly isControl: boolean
}) => {
  const element = useRef<HTMLDetailsElement>(null)
  const faultOf = (name: string): string | undefined => faultWithin(faults, `/${name}`)
  const hasFault = names.some((name) => faultOf(name) !== undefined)
  useEffect(() => {
    if (hasFault && element.current) element.current.open = true
  }, [hasFault])
  const set = (change: Partial<Options>): void => onChange({ ...options, ...change })
  const given = [
    ...(options.key === '' ? [] : [`key ${options.key}`]),
    ...(options.priority === 'normal' ? [] : [`priority ${options.priority}`]),
    ...(options.when === 'now' ? [] : [options.when === 'delay' ? 'delayed' : 'at a time']),
    ...(options.maxAttempts === undefined ? [] : [plural(options.maxAttempts, 'attempt')]),
    ...(options.timeoutMs === undefined ? [] : ['time limit']),
    ...(options.backoffMs === undefined && options.maxBackoffMs === undefined ? [] : ['backoff']),
  ].join(', ')
  return (
    <details class="post-options" ref={element}>
      <summary>
        Options <span class="soft small">{given === '' ? 'none' : given}</span>
      </summary>
      <div class="post-option-fields">
        <TextField
          label="Key"
          hint="Jobs of one key run in order, never two at once"
          fault={faultOf('key')}
          value={options.key}
          onChange={(key) => set({ key })}
        />
        <SelectField
          label="Priority"
          hint={
            isControl ? 'Control jobs have none: it is ignored' : 'Order of a key holds within a priority'
          }
          fault={faultOf('priority')}
          value={options.priority}
          options={[
            ['high', 'High'],
            ['normal', 'Normal'],
            ['low', 'Low'],
          ]}
          onChange={(priority) => set({ priority: priority as Options['priority'] })}
        />
        <SelectField
          label="Run"
          value={options.when}
          options={[
            ['now', 'As soon as a worker has room'],
            ['delay', 'After a delay'],
            ['at', 'At a time'],
          ]}
          onChange={(when) => set({ when: when as Options['when'] })}
        />
        {options.when === 'delay' && (
          <DurationField
            label="Delay"
            hint="From its acceptance on"
            fault={faultOf('delayMs')}
            ms={options.delayMs}
            unit="s"
            onChange={(delayMs) => set({ delayMs })}
          />
        )}
        {options.when === 'at' && (
          <TextField
            label="Not before"
            type="datetime-local"
            step={1}
            hint="In your time zone"
            fault={faultOf('runAt')}
            value={options.runAt}
            onChange={(runAt) => set({ runAt })}
          />
        )}
        {options.when === 'now' && <span class="post-gap" />}
        <WholeField
          label="Attempts at most"
          hint="The first one counts; then it is dead"
          fault={faultOf('maxAttempts')}
          value={options.maxAttempts}
          onChange={(maxAttempts) => set({ maxAttempts })}
        />
        <DurationField
          label="Time limit of an attempt"
          fault={faultOf('timeoutMs')}
          ms={options.timeoutMs}
          unit="s"
          onChange={(timeoutMs) => set({ timeoutMs })}
        />
        <DurationField
          label="Backoff"
          hint="Longest wait after the first failure; it doubles"
          fault={faultOf('backoffMs')}
          ms={options.backoffMs}
          unit="s"
          onChange={(backoffMs) => set({ backoffMs })}
        />
        <DurationField
          label="Longest backoff"
          hint="However many attempts have failed"
          fault={faultOf('maxBackoffMs')}
          ms={options.maxBackoffMs}
          unit="s"
          onChange={(maxBackoffMs) => set({ maxBackoffMs })}
        />
      </div>
    </details>
  )
}
