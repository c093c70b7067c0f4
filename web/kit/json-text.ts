/** JSON as people read it: a line a member, but rows of numbers and words side by side. Pure. */

const WIDTH = 96

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

const write = (value: unknown, indent: string): string => {
  if (isScalar(value)) return JSON.stringify(value) ?? 'null'
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    const items = value.map((it: unknown) => write(it, deeper))
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
