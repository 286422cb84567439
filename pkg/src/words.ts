// Sentences of the client, in English; the page brings them in its language.

export const clientWords = {
  noSetting: (key: string) => `There is no setting ${key}.`,
  wrongKind: (key: string, kind: string, value: string) => `${key} must be a ${kind}, and ${value} is none.`,
  noConfiguration: 'A configuration is an object such as { training: { epochs: 5 } }.',
  noPreset: (name: string, known: string) => `There is no preset ${name}; there are ${known}.`,
  noItem: (item: string) => `There is no item ${item} in the data.`,
  noHistory: 'A history is a list of item indices or identifiers, oldest first.',
  starting: 'The worker has not started.',
}

export type ClientWords = typeof clientWords
