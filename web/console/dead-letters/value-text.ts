/** The text that bytes in base64 are; undefined where they are none that can be read. */

/** Control characters, but for tab and ends of lines. */
const isUnreadable = (text: string): boolean =>
  [...text].some((it) => it < ' ' && it !== '\t' && it !== '\n' && it !== '\r')

export const textOf = (base64: string): string | undefined => {
  const bytes = Uint8Array.from(atob(base64), (it) => it.charCodeAt(0))
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text === '' || isUnreadable(text) ? undefined : text
  } catch {
    return undefined
  }
}
