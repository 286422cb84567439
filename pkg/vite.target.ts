// The oldest browsers that have what `public/first.js` asks for; scripts and styles are written for them.

export const TARGET = ['chrome105', 'edge105', 'firefox121', 'safari16.4']
