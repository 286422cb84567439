// Words on a worker that cannot start or go on; the English ones are those of the npm package.

import { crash as english } from '../../../pkg/src/crash'
import { both } from './both'

export const crash = both(english, {
  noWebAssembly:
    '這個瀏覽器缺少訓練所需的 WebAssembly 功能（SIMD、reference types）；請更新，或改用目前版本的 Chrome、Edge、Firefox 或 Safari。',
  noWorker: '無法啟動本頁的 worker；請檢查網路連線並重新載入，若仍無法啟動，請更新瀏覽器。',
  starting: '無法啟動模型程式；請檢查網路連線並重新載入本頁。',
  noMemory: '記憶體不足，無法載入模型程式；請關閉其他分頁或程式，並重新載入本頁。',
  why: {
    running: '程式發生錯誤使訓練中斷',
    memory: '此分頁的記憶體不足使訓練中斷',
    device: 'GPU 發生錯誤或已無法使用',
    deviceMemory: 'GPU 的記憶體不足',
    deviceWrong: 'GPU 的計算結果與 CPU 不同',
  },
  lost: (why: string) => `${why}；請再次載入資料，重新開始。`,
  download: (url: string, status: number) => `${url} 回應的狀態碼為 ${status}。`,
  detail: '程式的錯誤訊息',
  gone: 'worker 在回覆之前重新啟動了。',
  unpack: {
    password: (file: string) => `「${file}」需要密碼；請另存為沒有密碼的檔案，或將工作表存成 CSV。`,
    large: (file: string) => `「${file}」所需的記憶體超過此分頁的上限；請轉存成 CSV，或使用命令列。`,
    damaged: (file: string) => `「${file}」已損毀或格式不明；請重新下載或重新匯出，或轉存成 CSV。`,
    empty: (file: string) => `「${file}」是沒有任何值的試算表；請選擇含有互動紀錄的檔案。`,
    short: (file: string) => `「${file}」不完整；請重新下載或重新壓縮。`,
    unreadable: (file: string) => `無法讀取「${file}」；請確認檔案仍在原處，且此瀏覽器可以讀取。`,
    notBuilt: (file: string) => `開啟「${file}」所需的元件尚未建置完成；請等候較快的版本，或將紀錄存成 CSV 或 gzip。`,
    cancelled: () => '已取消載入；先前載入的資料仍然保留。',
  },
})
