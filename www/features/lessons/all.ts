// The lessons that there are, in the order in which they are offered.

import { collapse } from './collapse'
import { cure } from './cure'
import type { Lesson, LessonId } from './lesson'
import { own } from './own'
import { recommender } from './recommender'
import { tail } from './tail'
import { views } from './views'

const BY_ID: Record<LessonId, Lesson> = { recommender, collapse, cure, views, tail, own }

export const LESSONS: readonly Lesson[] = Object.values(BY_ID)
export const LESSON_IDS: readonly LessonId[] = LESSONS.map(({ id }) => id)
export const lessonOf = (id: LessonId): Lesson => BY_ID[id]
