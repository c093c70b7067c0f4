/** Whether one writes there, or a dialog is open over the page: keys and pasted text are not the page's then. */
export const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null
