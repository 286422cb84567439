import { expect, test } from 'vitest'
import { attributeName } from './critique'

test('attributes are named for people', () => {
  const words = { popularity: 'Popularity', word: (word: string) => `“${word}” in the title` }
  const names = ['popularity', 'genre=Comedy', 'genre=a=b', 'word=night', 'price'].map((name) => attributeName(name, words))
  expect(names).toEqual(['Popularity', 'Comedy', 'a=b', '“night” in the title', 'price'])
})
