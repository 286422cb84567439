// Words on what speaks against training on a log, and on what can be taken from it.

import type { Warning } from '../../../pkg/src/protocol'
import { count } from '../../shell/format'
import { both } from '../../shell/text/both'

type Code = Warning['code']
type Words = { [Key in Code]: (warning: Extract<Warning, { code: Key }>) => string }

const english: Words = {
  one_item: () => 'There is one item only, so there is nothing to recommend.',
  one_user: () => 'There is one user only: the contrastive term has nobody to tell apart, and every measure rests on one answer.',
  unseen_answers: ({ seen, of }) =>
    `Of the items asked for in the test ${count(seen)} of ${count(of)} are ever trained on, so measures will be near 0 whatever the model. A larger minimum of items leaves those that occur again.`,
  one_user_dominates: ({ user, percent }) =>
    `The user “${user}” has ${count(percent)} % of all interactions; it may be a guest or a default account.`,
  one_moment: ({ interactions }) =>
    `All ${count(interactions)} interactions have the same time, so the order of the file is taken as the order in time.`,
  every_item_once: ({ items }) => `Each of the ${count(items)} items occurs once, so nothing can be learnt about any.`,
  few_asked: ({ asked, users }) => `Measures rest on ${count(asked)} of ${count(users)} users: they will jump.`,
  takes_back: ({ event, count: number }) =>
    `${count(number)} interactions are “${event}”, which takes back what was chosen before. Untick it under “Filter and split”.`,
}

const chinese: Words = {
  one_item: () => '只有一個項目，沒有可以推薦的東西。',
  one_user: () => '只有一位使用者：對比項無從分辨，每項指標都只取決於一個答案。',
  unseen_answers: ({ seen, of }) =>
    `測試所問的項目中，${count(of)} 個裡只有 ${count(seen)} 個曾用於訓練，因此無論哪種模型，指標都會接近 0。提高項目的最低次數，會留下重複出現的項目。`,
  one_user_dominates: ({ user, percent }) => `使用者「${user}」占了全部互動的 ${count(percent)} %，可能是訪客或預設帳號。`,
  one_moment: ({ interactions }) => `全部 ${count(interactions)} 筆互動的時間都相同，因此以檔案中的順序作為時間順序。`,
  every_item_once: ({ items }) => `${count(items)} 個項目都只出現一次，無法從中學到任何東西。`,
  few_asked: ({ asked, users }) => `指標只取決於 ${count(users)} 位使用者中的 ${count(asked)} 位，會大幅跳動。`,
  takes_back: ({ event, count: number }) => `有 ${count(number)} 筆互動是「${event}」，即收回先前的選擇。可在「篩選與切分」中取消勾選。`,
}

export const notes = both(
  {
    heading: 'Before training',
    warnings: english,
    save: 'Save the cleaned log',
    events: 'Kinds of interactions that stay',
    event: (name: string, number: number) => `${name || '(none)'} (${count(number)})`,
  },
  {
    heading: '訓練之前',
    warnings: chinese,
    save: '儲存整理後的紀錄',
    events: '保留的互動種類',
    event: (name: string, number: number) => `${name || '（無）'}（${count(number)}）`,
  },
)
