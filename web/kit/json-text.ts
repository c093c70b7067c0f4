/** JSON as people read it: a line a member, but rows of numbers, and short items of lists, side by side. Pure. */

const WIDTH = 96
/** Items that are objects of at most so many characters stay on their line. */
const BRIEF = 80

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null

/** Items one after the other, broken at {@link WIDTH}. */
const filled = (items: readonly string[], indent: string): string => {
  const lines: string[] = []
  let line = ''
  for (const item of items) {
    const longer = line === '' ? item : `${line}, ${item}`
    if (line !== '' && indent.length + longer.length > WIDTH) {
      lines.push(line)
      line = item
    } else line = longer
  }
  lines.push(line)
  return lines.join(`,\n${indent}`)
}

/** `{ "row": 7, "score": 0.9 }` for an item that is short and plain. */
const brief = (value: unknown): string | undefined => {
  if (isScalar(value) || Array.isArray(value)) return undefined
  const members = Object.entries(value as object)
  if (members.length === 0 || !members.every(([, it]) => isScalar(it))) return undefined
  const text = members.map(([name, it]) => `${JSON.stringify(name)}: ${JSON.stringify(it)}`).join(', ')
  return text.length < BRIEF ? `{ ${text} }` : undefined
}

const write = (value: unknown, indent: string): string => {
  if (isScalar(value)) return JSON.stringify(value) ?? 'null'
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    const items = value.map((it: unknown) => brief(it) ?? write(it, deeper))
    if (!value.every(isScalar)) return `[\n${deeper}${items.join(`,\n${deeper}`)}\n${indent}]`
    const plain = `[${items.join(', ')}]`
    return indent.length + plain.length <= WIDTH ? plain : `[\n${deeper}${filled(items, deeper)}\n${indent}]`
  }
  const members = Object.entries(value as object).filter(([, it]) => it !== undefined)
  if (members.length === 0) return '{}'
  const written = members.map(([name, it]) => `${JSON.stringify(name)}: ${write(it, deeper)}`)
  return `{\n${deeper}${written.join(`,\n${deeper}`)}\n${indent}}`
}

/** Of a value that came as JSON; '' for none. */
export const jsonText = (value: unknown): string => (value === undefined ? '' : write(value, ''))
