/** Whether the API answers: said at the top of every part of the page. */
import { signal } from '@preact/signals'
import type { Connection } from '../kit/parts/shell.tsx'

export const connection = signal<Connection>('connecting')
