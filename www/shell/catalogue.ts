// The items of the log that is loaded.

import type { Told } from '../../pkg/src/protocol'

export type LoadedEvent = Extract<Told, { event: 'loaded' }>

/** Items of the log. */
export interface Catalogue {
  titles: string[]
  ids: string[]
  genres: string[]
  genre: Int32Array
  count: Uint32Array
}

/** The items that an event of a load names; those of a log without titles have their identifiers. */
export const catalogueOf = (event: LoadedEvent): Catalogue => ({
  titles: event.item_titles.length > 0 ? event.item_titles : event.item_ids,
  ids: event.item_ids,
  genres: event.genres,
  genre: event.item_genre,
  count: event.item_count,
})
