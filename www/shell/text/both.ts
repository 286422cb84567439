// One area of the page's words in every language of the page, side by side.
//
// In: the English words of an area and the same in Traditional Chinese. Out: both, of one type, so that the compiler names what is
// missing in either. `en.ts` and `zh-hant.ts` put the areas together.

/** An area's words by language. */
export interface Both<Words> {
  en: Words
  zhHant: Words
}

export function both<Words>(en: Words, zhHant: NoInfer<Words>): Both<Words> {
  return { en, zhHant }
}
