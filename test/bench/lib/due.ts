/** When a job was due to be submitted, within its payload, in a text of one length: so that a request is made once, and only told its time. */

export const DUE_DIGITS = 20
/** Stands in the request where the digits go. */
export const DUE_MARK = '#'.repeat(DUE_DIGITS)
