/** A text as it was written, in a box of its own that the keys scroll, too. */

export const TextBlock = ({ text, label }: { readonly text: string; readonly label: string }) => (
  <pre class="json" role="group" aria-label={label} tabindex={0}>
    {text}
  </pre>
)
