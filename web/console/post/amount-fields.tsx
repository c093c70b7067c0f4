/** Fields for a number of things, and for a time with its unit. Empty ones are left to the product. */
import { useState } from 'preact/hooks'
import { amountOf, toMs, type Unit, unitOf, units } from './durations.ts'
import { FieldFrame } from './field-frame.tsx'

const numberIn = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text))

export const WholeField = ({
  label,
  hint = '',
  fault,
  value,
  onChange,
  max,
}: {
  readonly label: string
  readonly hint?: string
  readonly fault?: string | undefined
  readonly value: number | undefined
  readonly onChange: (value: number | undefined) => void
  readonly max?: number
}) => (
  <FieldFrame name={label} hint={hint} fault={fault}>
    {(input) => (
      <input
        {...input}
        type="number"
        class="num"
        min={1}
        step={1}
        {...(max === undefined ? {} : { max })}
        placeholder="Default"
        value={value ?? ''}
        onInput={(event) => onChange(numberIn(event.currentTarget.value))}
      />
    )}
  </FieldFrame>
)

export const DurationField = ({
  label,
  hint = '',
  fault,
  ms,
  unit: first,
  onChange,
}: {
  readonly label: string
  readonly hint?: string
  readonly fault?: string | undefined
  readonly ms: number | undefined
  /** That it is filled in with at first. */
  readonly unit: Unit
  readonly onChange: (ms: number | undefined) => void
}) => {
  const [unit, setUnit] = useState<Unit>(ms === undefined ? first : unitOf(ms))
  const [text, setText] = useState(ms === undefined ? '' : String(amountOf(ms, unit)))
  const change = (typed: string, of: Unit): void => {
    setText(typed)
    setUnit(of)
    const amount = numberIn(typed)
    onChange(amount === undefined ? undefined : toMs(amount, of))
  }
  return (
    <FieldFrame name={label} hint={hint} fault={fault}>
      {(input) => (
        <span class="post-duration">
          <input
            {...input}
            type="number"
            class="num"
            min={0}
            step="any"
            placeholder="Default"
            value={text}
            onInput={(event) => change(event.currentTarget.value, unit)}
          />
          <select
            aria-label={`Unit of ${label}`}
            value={unit}
            onChange={({ currentTarget: it }) =>
              change(text, units.find(([name]) => name === it.value)?.[0] ?? unit)
            }
          >
            {units.map(([name, , word]) => (
              <option key={name} value={name}>
                {word}
              </option>
            ))}
          </select>
        </span>
      )}
    </FieldFrame>
  )
}
