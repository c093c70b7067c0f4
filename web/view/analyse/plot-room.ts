/** What every drawing leaves free beside its plot, in CSS pixels, so that one x stands above the other. */
export const plotLeft = 56
export const plotRight = 12
