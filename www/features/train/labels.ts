// Sentences of the worker about settings, with the names that the form has for them.

/** `sentence` with each key of `labels` in it replaced by its label, which `quoted` puts in quotation marks; the longest key wins. */
export function withLabels(
  sentence: string,
  labels: Readonly<Record<string, string>>,
  quoted = (label: string): string => `“${label}”`,
): string {
  const keys = Object.keys(labels).sort((one, other) => other.length - one.length)
  if (keys.length === 0) return sentence
  const escaped = keys.map((key) => key.replaceAll('.', '\\.'))
  const named = sentence.replace(new RegExp(`(?<![\\w.])(${escaped.join('|')})(?![\\w]|\\.\\w)`, 'g'), (key) => quoted(labels[key] ?? key))
  // Chinese quotation marks stand without a space.
  return named.replace(/ ?(「[^」]*」) ?/g, '$1')
}
