// Words on what is left out of a log and held back.

import { count } from '../../shell/format'
import { both } from '../../shell/text/both'

/** A number with its noun. */
const counted = (number: number, noun: string) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`

const users = (number: number) => `${count(number)} 位使用者`

const items = (number: number) => `${count(number)} 個項目`

const interactions = (number: number) => `${count(number)} 筆互動`

export const filter = both(
  {
    heading: 'Filter and split',
    lead: 'Applies at once to what is loaded, and to the next file.',
    minRating: 'Least rating',
    noRating: 'this log has no ratings',
    from: 'From',
    to: 'To',
    date: 'such as 2024-01-31',
    number: 'as in the time column',
    noTime: 'this log has no times',
    repeats: 'Repeated interactions',
    repeatsHelp: 'of a user with the same item',
    repeatsOptions: {
      keep: 'Keep all',
      first: 'Keep the first',
      last: 'Keep the last',
      consecutive: 'Keep one of those in a row',
    },
    minUser: 'Least per user',
    minItem: 'Least per item',
    minHelp: 'interactions; 1: all',
    recentUsers: 'Most recent users',
    recentHelp: 'empty: all',
    rule: 'Split',
    rules: {
      leave_one_out: 'Last two of each user held back',
      time_cut: 'Cut in time, the same for all',
    },
    validPercent: 'Validation, percent',
    testPercent: 'Test, percent',
    percentHelp: 'of all interactions',
    standard: 'Usual filter and split',
    effect: (before: string, after: string) => `This changed ${before} to ${after}.`,
    noEffect: (after: string) => `The counts stay as they are: ${after}.`,
    effectFirst: (after: string) => `Now it is read: ${after}.`,
    counts: (users: number, items: number, interactions: number) =>
      `${counted(users, 'user')}, ${counted(items, 'item')} and ${counted(interactions, 'interaction')}`,
    held: 'A new model is needed for other data.',
    confirm: 'Apply and drop the present run',
    undo: 'Undo the change',
    steps: {
      caption: 'What each filter left',
      filter: 'Filter',
      none: 'In the log',
      took: (taken: number) => (taken === 0 ? '' : `−${count(taken)}`),
      events: (kinds: string) => `Only ${kinds}`,
      rating: (least: number) => `Rating of at least ${least}`,
      dates: (from: string | undefined, to: string | undefined) =>
        from && to ? `From ${from} to ${to}` : from ? `From ${from}` : `Up to ${to}`,
      recent_users: (users: number) => `The ${counted(users, 'user')} seen last`,
      repeats: { keep: '', first: 'First of repeated', last: 'Last of repeated', consecutive: 'One of those in a row' },
      k_core: (user: number, item: number) =>
        user === item
          ? `At least ${count(user)} each`
          : user <= 1
            ? `At least ${count(item)} an item`
            : item <= 1
              ? `At least ${count(user)} a user`
              : `At least ${count(user)} a user, ${count(item)} an item`,
    },
  },
  {
    heading: '篩選與切分',
    lead: '立即套用到目前的資料，也套用到之後的檔案。',
    minRating: '最低評分',
    noRating: '這份紀錄沒有評分',
    from: '起始',
    to: '結束',
    date: '例如 2024-01-31',
    number: '寫法同時間欄',
    noTime: '這份紀錄沒有時間',
    repeats: '重複的互動',
    repeatsHelp: '同一位使用者與同一個項目',
    repeatsOptions: {
      keep: '全部保留',
      first: '保留第一筆',
      last: '保留最後一筆',
      consecutive: '連續重複的只留一筆',
    },
    minUser: '每位使用者至少',
    minItem: '每個項目至少',
    minHelp: '筆互動；1 表示全部',
    recentUsers: '最近的使用者',
    recentHelp: '留空表示全部',
    rule: '切分方式',
    rules: {
      leave_one_out: '保留每位使用者的最後兩筆',
      time_cut: '所有人在同一時間點切分',
    },
    validPercent: '驗證的百分比',
    testPercent: '測試的百分比',
    percentHelp: '占全部互動',
    standard: '恢復一般的篩選與切分',
    effect: (before, after) => `這項變更把 ${before}變成 ${after}。`,
    noEffect: (after) => `數量不變：${after}。`,
    effectFirst: (after) => `現在已讀入：${after}。`,
    counts: (u, i, n) => `${users(u)}、${items(i)}與 ${interactions(n)}`,
    held: '資料不同，就需要新的模型。',
    confirm: '套用並捨棄目前的訓練',
    undo: '取消變更',
    steps: {
      caption: '每道篩選之後剩下的數量',
      filter: '篩選',
      none: '原始紀錄',
      took: (taken) => (taken === 0 ? '' : `−${count(taken)}`),
      events: (kinds) => `只留 ${kinds}`,
      rating: (least) => `評分至少 ${least}`,
      dates: (from, to) => (from && to ? `${from} 至 ${to}` : from ? `${from} 起` : `到 ${to} 為止`),
      recent_users: (number) => `最近出現的 ${users(number)}`,
      repeats: { keep: '', first: '重複中的第一筆', last: '重複中的最後一筆', consecutive: '連續重複只留一筆' },
      k_core: (user, item) =>
        user === item
          ? `各至少 ${count(user)} 筆`
          : user <= 1
            ? `每個項目至少 ${count(item)} 筆`
            : item <= 1
              ? `每位使用者至少 ${count(user)} 筆`
              : `每位使用者至少 ${count(user)} 筆、每個項目至少 ${count(item)} 筆`,
    },
  },
)
