/** When something comes; what should have come by now comes now. */
import { now } from '../../kit/clock.ts'
import { When } from '../../kit/parts/when.tsx'

export const Next = ({ at }: { readonly at: string }) =>
  Date.parse(at) <= now.value ? <span class="num">now</span> : <When at={at} />
