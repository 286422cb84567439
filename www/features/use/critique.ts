// Attributes as people read them.
//
// In: the name of an attribute as the model code has it, such as `genre=Comedy`. Out: its name on the page.

/** Words that an attribute's name is made with. */
interface Words {
  popularity: string
  word: (word: string) => string
}

/** The name of an attribute for a person. */
export function attributeName(name: string, words: Words): string {
  if (name === 'popularity') return words.popularity
  const [, kind, value] = /^(genre|word)=(.*)$/su.exec(name) ?? []
  if (value === undefined) return name
  return kind === 'word' ? words.word(value) : value
}
