/** The moment that all charts, the line of values and the list of decisions point at. */
import { computed, signal } from '@preact/signals'

/** Where the pointer is in a chart, milliseconds since the epoch. */
export const pointed = signal<number | undefined>(undefined)

/** What a row of the list, or a key, points at. */
export const marked = signal<number | undefined>(undefined)

/** The decision (its key) that is pointed at, in a chart or in the list. */
export const chosen = signal<string | undefined>(undefined)

/** Undefined: now. */
export const moment = computed(() => pointed.value ?? marked.value)
