/** What stands around a field that edits one value as a whole. */
import type { ComponentChildren } from 'preact'
import { faultWithin } from './faults.ts'
import { FieldFrame, type InputProps } from './field-frame.tsx'
import { type FieldProps, nameOf } from './field-parts.ts'

export const LeafFrame = ({
  of,
  hint,
  fault,
  children,
}: {
  readonly of: FieldProps
  readonly hint: string
  /** Why what stands there is no value yet; else it is the API that says what is wrong. */
  readonly fault?: string
  readonly children: (input: InputProps) => ComponentChildren
}) => (
  <FieldFrame
    name={nameOf(of)}
    isBare={of.isBare ?? false}
    isRequired={of.isRequired}
    hint={hint}
    fault={fault || faultWithin(of.form.faults, of.pointer)}
  >
    {children}
  </FieldFrame>
)
