// Sentences of the client; the English ones are those of the npm package.

import { clientWords } from '../../../pkg/src/words'
import { both } from './both'

export const client = both(clientWords, {
  noSetting: (key) => `沒有「${key}」這個設定。`,
  wrongKind: (key, kind, value) => `${key} 的型別必須是 ${kind}，而 ${value} 不是。`,
  noConfiguration: '設定必須是物件，例如 { training: { epochs: 5 } }。',
  noPreset: (name, known) => `沒有「${name}」這個預設組合；現有 ${known}。`,
  noItem: (item) => `資料中沒有項目「${item}」。`,
  noHistory: '歷史是由舊到新的項目編號或識別碼清單。',
  starting: 'worker 尚未啟動。',
})
