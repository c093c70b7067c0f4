/** The name that a text looks for: itself, else one that begins with it, else one that has it in it. Pure. */
export const bestName = (names: readonly string[], text: string): string | undefined => {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return undefined
  const lower = (it: string): string => it.toLowerCase()
  return (
    names.find((it) => it === text) ??
    names.find((it) => lower(it) === wanted) ??
    names.find((it) => lower(it).startsWith(wanted)) ??
    names.find((it) => lower(it).includes(wanted))
  )
}
