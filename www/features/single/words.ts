// Words of the page in one file.

import { both } from '../../shell/text/both'

export const single = both(
  {
    heading: 'This page is one file',
    lead: 'It needs no server and no network, and its policy forbids it every connection. What is different from the page on a server:',
    install: 'It cannot be installed as an app or kept by the browser; keep the file instead.',
    device: 'It trains on one core of the CPU. Several cores and the GPU need a page that comes from a server.',
    keptHere:
      'This browser keeps runs for the file in this place; moved or in another browser it does not find them, so save a checkpoint.',
    notKept: 'This browser refuses storage to a file, so no run is kept: save a checkpoint before you close this tab.',
    unpacking:
      'Spreadsheets and logs packed with zstd, xz or bzip2 cannot be opened, since their module was left out; save them as CSV first.',
    noGpu: (name: string) => `The page in one file has no build for the GPU (${name}); the page from a server has it.`,
    requests: 'No request was made since the page was opened: it is a file, and everything is in it.',
    keeping: 'This page is a file: it opens and trains without a network as it is.',
  },
  {
    heading: '本頁是單一檔案',
    lead: '不需要伺服器與網路，其安全政策禁止一切連線。與伺服器上的頁面相比：',
    install: '無法安裝成應用程式，也無法由瀏覽器保存；請保留檔案本身。',
    device: '以 CPU 的一個核心訓練。使用多個核心或 GPU，需要從伺服器開啟的頁面。',
    keptHere: '此瀏覽器會為這個位置的檔案保留訓練；移動檔案或換瀏覽器後就找不到，因此請另存檢查點。',
    notKept: '此瀏覽器不提供檔案儲存空間，因此不會保留任何訓練：關閉分頁前請儲存檢查點。',
    unpacking: '無法開啟試算表，以及以 zstd、xz 或 bzip2 壓縮的紀錄，因為未納入所需的模組；請先另存為 CSV。',
    noGpu: (name) => `單一檔案的頁面沒有供 GPU（${name}）使用的版本；伺服器上的頁面才有。`,
    requests: '開啟本頁以來沒有任何請求：本頁是檔案，一切都在其中。',
    keeping: '本頁是檔案：沒有網路也能直接開啟並訓練。',
  },
)
