/** What a form is made of: fields, as plain data. Each edits one JSON value, which may be missing. */

interface Common {
  readonly title?: string | undefined
  /** What it means. */
  readonly hint?: string | undefined
  /** What holds where it is left out. */
  readonly fallback?: unknown
}

export interface TextField extends Common {
  readonly kind: 'text'
  readonly format?: 'url' | 'uuid' | 'date-time' | 'date' | 'email' | undefined
  readonly isLong: boolean
  readonly example?: string | undefined
}
export interface NumberField extends Common {
  readonly kind: 'number'
  readonly isWhole: boolean
  readonly min?: number | undefined
  readonly max?: number | undefined
  /** The edges themselves are outside. */
  readonly isMinOut: boolean
  readonly isMaxOut: boolean
  readonly step?: number | undefined
}
/** One of some values; of a boolean, true and false. */
export interface ChoiceField extends Common {
  readonly kind: 'choice'
  readonly options: readonly unknown[]
}
/** Always the same: nothing to fill in. */
export interface ConstantField extends Common {
  readonly kind: 'constant'
  readonly value: unknown
}
/** A row a value. */
export interface ListField extends Common {
  readonly kind: 'list'
  readonly item: Field
  readonly least: number
  readonly most: number
}
/** Many numbers, to be pasted; null where one is missing. */
export interface NumbersField extends Common {
  readonly kind: 'numbers'
  readonly hasGaps: boolean
  readonly least: number
  readonly most: number
}
export interface Member {
  readonly name: string
  readonly field: Field
  readonly isRequired: boolean
}
export interface ObjectField extends Common {
  readonly kind: 'object'
  readonly members: readonly Member[]
  /** Names of which one group has to be there. */
  readonly oneOf: readonly (readonly string[])[]
}
export interface VariantsField extends Common {
  readonly kind: 'variants'
  readonly variants: readonly { readonly label: string; readonly field: Field }[]
}
/** Whatever can't be drawn. */
export interface JsonField extends Common {
  readonly kind: 'json'
  readonly shape?: 'list' | 'object' | undefined
}

export type Field =
  | TextField
  | NumberField
  | ChoiceField
  | ConstantField
  | ListField
  | NumbersField
  | ObjectField
  | VariantsField
  | JsonField
