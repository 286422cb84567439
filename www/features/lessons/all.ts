// The lessons that there are, in the order in which they are offered.

import { collapse } from './collapse'
import { cure } from './cure'
import type { Lesson, LessonId } from './lesson'
import { tail } from './tail'
import { views } from './views'

export const LESSONS: readonly Lesson[] = [collapse, cure, views, tail]
export const LESSON_IDS: readonly LessonId[] = LESSONS.map(({ id }) => id)

const BY_ID: Record<LessonId, Lesson> = { collapse, cure, views, tail }
export const lessonOf = (id: LessonId): Lesson => BY_ID[id]
