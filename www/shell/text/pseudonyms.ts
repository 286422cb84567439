// Words on pseudonyms, which stand for users in every file that the page saves.

import { both } from './both'

export const pseudonyms = both(
  {
    instead: 'Pseudonyms instead of the users’ identifiers, in every file',
    help: 'Drawn by chance, the same in every file with the same key. Whoever has the key knows who is who: keep it apart from these files. It is gone with this page unless you save it.',
    save: 'Save the key (CSV)',
    earlier: 'Use a key saved earlier',
  },
  {
    instead: '所有檔案都以假名取代使用者識別碼',
    help: '假名隨機抽取，同一把金鑰在每個檔案中都相同。持有金鑰的人就知道誰是誰，請與這些檔案分開保存；若不儲存，關閉此頁後即消失。',
    save: '儲存金鑰（CSV）',
    earlier: '使用先前儲存的金鑰',
  },
)
