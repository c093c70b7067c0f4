/** The sentences of a text. A full stop within a number, or before a small letter, ends none. Pure. */
export const sentences = (text: string): string[] =>
  text
    .split(/(?<=[.!?])\s+(?=[A-Z(]|[a-z-]+(?: \+ [a-z-]+)* flagged |[a-z-]+: [A-Z])/)
    .map((it) => it.trim())
    .filter((it) => it !== '')
