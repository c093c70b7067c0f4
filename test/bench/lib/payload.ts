/** What most jobs carry: some 100 bytes, as of a mail to be sent. */
export const smallPayload = {
  user: 4_711_042,
  template: 'order-shipped',
  locale: 'en',
  to: 'someone@example.org',
  order: 'A-2042-7781',
}

/** A payload whose JSON has so many bytes. */
export const payloadOf = (bytes: number): { readonly text: string } => ({
  text: 'x'.repeat(Math.max(0, bytes - '{"text":""}'.length)),
})
