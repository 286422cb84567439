// Colours of what has no order, such as genres.

// Okabe and Ito's colours, adjusted in lightness to each background, and one more; `colours.test.ts` holds them apart for people who do
// not tell red from green.
export const GENRES_LIGHT = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a4b2a', '#3b2fb4']
export const GENRES_DARK = ['#3f9fe0', '#f0793a', '#17b890', '#e39ac4', '#f0ad2c', '#8fd0f7', '#7068e8', '#f0e442']

/** Of what something else is singled out from. */
export const FAINT = { light: '#e3e1db', dark: '#31383f' } as const
