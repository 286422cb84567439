// Words on asking the model what comes next.

import { count } from '../../shell/format'
import { both } from '../../shell/text/both'

export const sequence = both(
  {
    heading: 'Try it',
    how: 'Build a history, oldest first; see what the model expects next.',
    search: 'Add an item by its title',
    placeholder: 'Search titles…',
    noData: 'Load data to search its titles.',
    noModel: 'Start training, or press “Step”, to get recommendations.',
    noHistory: 'Add an item to see what comes next.',
    nothing: 'No title holds these words',
    found: (number: number) => (number === 1 ? '1 title' : `${count(number)} titles`),
    sample: 'Use three popular titles',
    clear: 'Clear',
    history: 'History',
    historyOrder: 'oldest first',
    earlier: (title: string) => `Move ${title} earlier`,
    later: (title: string) => `Move ${title} later`,
    remove: (title: string) => `Remove ${title}`,
    added: (title: string) => `${title} added`,
    removed: (title: string) => `${title} removed`,
    results: 'Top 10',
    score: 'Score',
    add: (title: string) => `Add ${title} to the history`,
    append: 'Add',
  },
  {
    heading: '試試看',
    how: '由舊到新排出一段歷史，看看模型預期接下來是什麼。',
    search: '依標題加入項目',
    placeholder: '搜尋標題……',
    noData: '載入資料即可搜尋標題。',
    noModel: '開始訓練或按「單步」，即可得到推薦。',
    noHistory: '加入一個項目，看看接下來是什麼。',
    nothing: '沒有標題包含這些字詞',
    found: (number) => `${count(number)} 個標題`,
    sample: '使用三個熱門標題',
    clear: '清除',
    history: '歷史',
    historyOrder: '由舊到新',
    earlier: (title) => `把 ${title} 往前移`,
    later: (title) => `把 ${title} 往後移`,
    remove: (title) => `移除 ${title}`,
    added: (title) => `已加入 ${title}`,
    removed: (title) => `已移除 ${title}`,
    results: '前 10 名',
    score: '分數',
    add: (title) => `把 ${title} 加入歷史`,
    append: '加入',
  },
)

export const critique = both(
  {
    heading: 'More or less of …',
    how: 'Each slider moves the latent of this history along the direction that is tied to an attribute, in logits: 1 multiplies its odds by 2.7.',
    popularity: 'Popularity',
    word: (word: string) => `“${word}” in the title`,
    less: 'less',
    more: 'more',
    at: (by: string) => `${by} logits`,
    still: 'as it is',
    reset: 'Undo all',
    change: 'What the critique did',
  },
  {
    heading: '多一點或少一點……',
    how: '每個滑桿把這段歷史的潛在向量沿著綁定某個屬性的方向移動，單位為 logit：移動 1 使其勝算乘以 2.7。',
    popularity: '熱門程度',
    word: (word) => `標題含「${word}」`,
    less: '少',
    more: '多',
    at: (by) => `移動 ${by} logit`,
    still: '維持原狀',
    reset: '全部復原',
    change: '這些要求的影響',
  },
)

export const users = both(
  {
    take: 'Take the history of a user',
    placeholder: 'Beginning of the identifier…',
    nothing: 'No identifier begins like this',
    found: (number: number) => (number === 1 ? '1 user' : `${count(number)} users`),
    items: (number: number) => (number === 1 ? '1 item' : `${count(number)} items`),
    taken: (id: string) => `History of ${id}`,
  },
  {
    take: '取用某位使用者的歷史',
    placeholder: '識別碼的開頭……',
    nothing: '沒有這樣開頭的識別碼',
    found: (number) => `${count(number)} 位使用者`,
    items: (number) => `${count(number)} 個項目`,
    taken: (id) => `${id} 的歷史`,
  },
)

export const takeAway = both(
  {
    heading: 'Take the model away',
    how: 'A checkpoint goes on here and on the command line.',
    items: 'Save the items’ embeddings',
    users: 'Save the users’ embeddings',
    format: 'Format of embeddings',
    formatHelp: 'Parquet holds names, x, y and vectors and opens in embedding-atlas; NPY holds vectors, with the names in a TSV beside it.',
    empty: 'Train first.',
  },
  {
    heading: '帶走模型',
    how: '檢查點可在這裡或命令列繼續訓練。',
    items: '儲存項目的嵌入向量',
    users: '儲存使用者的嵌入向量',
    format: '嵌入向量的格式',
    formatHelp: 'Parquet 含名稱、x、y 與向量，可用 embedding-atlas 開啟；NPY 只含向量，名稱另存於 TSV。',
    empty: '請先訓練。',
  },
)

export const everyone = both(
  {
    heading: 'Everybody’s list',
    how: 'The best items for every user, as one file by your log’s identifiers.',
    empty: 'Train first.',
    k: 'Items for each user',
    least: 'Only items with at least so many interactions',
    format: 'Format',
    withHistory: 'Also items that the user has had already',
    narrow: 'Only some users or items',
    files: 'Each is a file of text with an identifier a line, as it stands in the log; a header and further columns are passed over.',
    users: 'Only these users',
    only: 'Only these items',
    without: 'Not these items',
    save: 'Save everybody’s list',
    saveSome: 'Save the lists of these users',
    progress: (done: number, total: number) => `${count(done)} of ${count(total)} users`,
    cancel: 'Cancel',
    outcome: (users: string, rows: string, seconds: string) => `Saved: ${rows} lines for ${users} users, made in ${seconds} s.`,
    tooMany: (rows: number, most: number) =>
      `These lists may have ${count(rows)} rows, and a spreadsheet holds ${count(most)}; choose CSV or Parquet, fewer items or fewer users.`,
    noPlace: 'No place was chosen for the file, so nothing was saved.',
    cut: 'The file could not be written to its end, so nothing was saved; is the disk full? Free some space or choose another place.',
    unknown: (number: number, some: string) =>
      number === 1
        ? `One user of the file is not in the log: ${some}.`
        : `${count(number)} users of the file are not in the log, such as ${some}.`,
  },
  {
    heading: '每個人的推薦清單',
    how: '每位使用者的最佳項目，依您紀錄中的識別碼存成一個檔案。',
    empty: '請先訓練。',
    k: '每位使用者的項目數',
    least: '只列互動次數至少為',
    format: '格式',
    withHistory: '也列入使用者已有的項目',
    narrow: '只限部分使用者或項目',
    files: '每個檔案都是文字檔，每行一個識別碼，與紀錄中的寫法相同；標題列與其他欄位會略過。',
    users: '只限這些使用者',
    only: '只限這些項目',
    without: '排除這些項目',
    save: '儲存每個人的清單',
    saveSome: '儲存這些使用者的清單',
    progress: (done, total) => `${count(total)} 位使用者中的 ${count(done)} 位`,
    cancel: '取消',
    outcome: (users, rows, seconds) => `已儲存：${users} 位使用者，共 ${rows} 行，耗時 ${seconds} 秒。`,
    tooMany: (rows, most) =>
      `這些清單可能有 ${count(rows)} 列，而試算表只容納 ${count(most)} 列；請選擇 CSV 或 Parquet，或減少項目或使用者。`,
    noPlace: '未選擇存放位置，因此未儲存任何檔案。',
    cut: '檔案無法寫完，因此未儲存；磁碟是否已滿？請釋出空間或選擇其他位置。',
    unknown: (number, some) => `檔案中有 ${count(number)} 位使用者不在紀錄裡，例如 ${some}。`,
  },
)

export const why = both(
  {
    button: 'Why?',
    ask: (title: string) => `Why ${title}?`,
    heading: (title: string) => `Why “${title}”`,
    close: 'Close',
    how: 'The model is asked again without each item of the history in turn: how much the item adds to the score, and the place without it. The parts need not add up.',
    alone: 'The history is one item; add another to see what each of them does.',
    place: (place: string) => `without it at place ${place}`,
  },
  {
    button: '為什麼？',
    ask: (title: string) => `為什麼推薦「${title}」？`,
    heading: (title: string) => `為什麼推薦「${title}」`,
    close: '關閉',
    how: '逐一拿掉歷史中的一個項目再問模型：該項目為分數增加多少，以及少了它會排在第幾名。各部分不一定相加為總分。',
    alone: '歷史只有一個項目；再加入一個，就能看出各自的作用。',
    place: (place) => `少了它排第 ${place} 名`,
  },
)
