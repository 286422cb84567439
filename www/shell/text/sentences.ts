// Sentences of the model code in the language of the page.
//
// In: a sentence as the worker says it, in English with names and numbers in it. Out: the same in the page's language, with those names and
// numbers; a sentence that is not known stays as it is. The left side of the table is the template of `#[error("…")]` in the Rust source,
// `{name}` where a value stands: `sentences.test.ts` reads them there, so that none can be forgotten.

import { speech } from './language.svelte'

/** Templates in Traditional Chinese. Optional is what stands between `[` and `]` on both sides. */
export const CHINESE: Readonly<Record<string, string>> = {
  // Lists, reasons and pseudonyms
  'The run knows no item {id}; give identifiers as they stand in the log, such as {example}.':
    '此訓練不認得項目 {id}；請使用紀錄中的識別碼，例如 {example}。',
  'The log has no user {id}; give an identifier as it stands there, such as {example}.':
    '紀錄中沒有使用者 {id}；請使用其中的識別碼，例如 {example}。',
  '{file} names no {what} of the log[ (it holds {unknown})]; write an identifier a line as it stands there, such as {example}.':
    '{file} 沒有列出紀錄中的任何 {what}[（其中有 {unknown}）]；請每行寫一個與紀錄相同的識別碼，例如 {example}。',
  '{file} is no key of pseudonyms (line {line}); give a file that was saved as one, with the columns pseudonym and user and each of them once.':
    '{file} 不是假名金鑰（第 {line} 行）；請使用先前儲存的金鑰檔，其欄位為 pseudonym 與 user，且各只出現一次。',
  'No item is left that may be recommended; ask for fewer interactions, or allow other items.':
    '沒有可推薦的項目；請降低互動次數下限，或允許其他項目。',
  'The run has no attribute {name}; its latent directions are tied to {known}.': '此訓練沒有屬性 {name}；其潛在方向綁定的是 {known}。',
  '{text} has no strength from 0 to 20 behind its last colon; write it as genre=Comedy or genre=Comedy:1.5.':
    '{text} 的最後一個冒號後沒有 0 到 20 的強度；請寫成 genre=Comedy 或 genre=Comedy:1.5。',
  'No latent direction of this run is tied to an attribute; train one with the preset beta-vae-critique, or with objective.attributes=labels.':
    '此訓練沒有綁定屬性的潛在方向；請以預設組 beta-vae-critique，或以 objective.attributes=labels 訓練。',
  '{given} moves were given for a run whose latent directions are tied to {known} attributes; give one for each, none beyond 20 either way.':
    '給了 {given} 個移動量，但此訓練的潛在方向綁定 {known} 個屬性；請為每個屬性給一個，正負皆不超過 20。',
  // Reading a log
  '{file} is empty; choose a file that has one interaction on each line.': '{file} 是空的；請選擇每行一筆互動的檔案。',
  '{file} is not a text file (a NUL byte on line {line}); choose a log as text, such as CSV.':
    '{file} 不是文字檔（第 {line} 行有 NUL 位元組）；請選擇文字格式的紀錄，例如 CSV。',
  '{file} has one column only; a log needs at least a user and an item on each line, separated by commas, tabs, semicolons, `|` or `::`.':
    '{file} 只有一欄；紀錄的每一行至少要有使用者與項目，以逗號、定位字元、分號、「|」或「::」分隔。',
  '{file} has lines of {least} to {most} {separator} fields; give every line the same columns, or write one user a line as `user item item …` with spaces.':
    '{file} 各行的欄數從 {least} 到 {most} 不等（{separator}）；請讓每行的欄位相同，或以空格寫成每行一位使用者：「使用者 項目 項目……」。',
  '{file}, line {line}: this looks like JSON, but {why}; write one object a line, or a list of objects.':
    '{file} 第 {line} 行：看似 JSON，但 {why}；請每行寫一個物件，或寫成物件的清單。',
  '{file} looks like a matrix, a line for a user and a column for an item; write lines of user, item, rating.':
    '{file} 看起來是矩陣，每行一位使用者、每欄一個項目；請改寫為一行一筆「使用者、項目、評分」。',
  '{file}: {column} holds no times that are known (such as {found}); write them as 2024-01-31 12:00 or as seconds since 1970, or leave the column out by `--columns`.':
    '{file}：{column} 中沒有認得的時間（例如 {found}）；請寫成 2024-01-31 12:00 或 1970 年起的秒數，或以「--columns」略去這一欄。',
  '{file} has a header but no lines under it; choose a file with interactions.': '{file} 只有標題列，下面沒有資料；請選擇有互動的檔案。',
  '{file}, line 1: the header names {names} columns but the lines under it have {columns}; make them agree.':
    '{file} 第 1 行：標題列有 {names} 欄，下面各行卻有 {columns} 欄；請使兩者一致。',
  '{file}[, line {line}]: no column is named like the {role} (the columns are {found}); rename it to `{suggestion}`.':
    '{file}[ 第 {line} 行]：沒有欄名像是{role}（欄位有 {found}）；請把該欄改名為「{suggestion}」。',
  '{file} has no column for the user, only items ({item}) with their times, so it is the history of one person (the columns are {found}); a recommender learns from many people: put the histories of several into one file, with a column `user`.':
    '{file} 沒有使用者欄，只有項目（{item}）與時間，因此是一個人的歷史（欄位有 {found}）；推薦系統要從許多人學習：請把多人的歷史放進同一個檔案，並加上欄位「user」。',
  '{file}: the dates of {column} are written in two ways, as {first} on line {first_line} and as {second} on line {second_line}, so which of day and month comes first cannot be known; write all of them in one way such as 2024-01-31.':
    '{file}：{column} 的日期有兩種寫法，第 {first_line} 行是 {first}，第 {second_line} 行是 {second}，無法得知日與月孰先；請統一寫法，例如 2024-01-31。',
  '{file}, line {line}: another table begins here, with {fields} columns ({begins}) where the one above has {expected}; put each table into a file of its own.':
    '{file} 第 {line} 行：這裡開始另一張表，有 {fields} 欄（{begins}），上面那張則有 {expected} 欄；請把每張表放進各自的檔案。',
  '{file}: the {role} ({column}) is missing in all {lines} lines; choose another column.':
    '{file}：全部 {lines} 行都缺少{role}（{column}）；請選擇其他欄位。',
  '{file}: {count} of {lines} values of the {role} ({column}) are numbers such as {example}, rounded by a spreadsheet, so that different ones have become the same; export the log again with that column as text.':
    '{file}：{lines} 個{role}（{column}）的值中，有 {count} 個是 {example} 之類的數字，已被試算表四捨五入，使不同的值變成相同；請將該欄設為文字後重新匯出紀錄。',
  '{file}: {bad} of {lines} lines cannot be read, more than the {limit} % that may be skipped; the first is line {line}: {why}; correct the file.':
    '{file}：{lines} 行中有 {bad} 行無法讀取，超過可略過的 {limit} %；第一處在第 {line} 行：{why}；請修正檔案。',
  '{file}, line {line}: the text from here on is longer than {limit} bytes without an end; {hint}.':
    '{file} 第 {line} 行：從這裡起的文字超過 {limit} 位元組仍未結束；{hint}。',
  '{file}, line {line}: more than {limit} {what}, the most that is read; choose a smaller part of the log.':
    '{file} 第 {line} 行：超過可讀取的上限 {limit}（{what}）；請選擇較小的一部分紀錄。',
  '{file}, line {line}: identifiers and titles take more than {limit} MiB, the most that is kept; choose a smaller part of the log.':
    '{file} 第 {line} 行：識別碼與標題超過可保留的 {limit} MiB；請選擇較小的一部分紀錄。',
  '{file}: none of the {interactions} interactions ({users} users, {items} items) is left when {minimum}; {advice}.':
    '{file}：{minimum} 時，{interactions} 筆互動（{users} 位使用者、{items} 個項目）一筆也不剩；{advice}。',
  '{file}: the {filter} leaves none of the {interactions} interactions; {advice}.':
    '{file}：{filter} 使 {interactions} 筆互動一筆也不剩；{advice}。',
  '{file} has no column that is taken as the {column}, so {wish}.': '{file} 沒有作為 {column} 的欄位，因此 {wish}。',
  '{file} has no interactions of the kind {event} (it has {found}); name some of these.':
    '{file} 沒有 {event} 這一種互動（有的是 {found}）；請從中選擇。',
  '{file}: the identifier {id} holds {what}; write another format, such as CSV.':
    '{file}：識別碼 {id} 含有 {what}；請改寫成其他格式，例如 CSV。',
  '{file}: `{key}` is "{value}", but must be {expected}.': '{file}：「{key}」為「{value}」，但必須是 {expected}。',
  '{file}: too many interactions have the same time to cut the log in time; leave one out instead.':
    '{file}：時間相同的互動太多，無法依時間切分；請改為每人留出一筆。',
  '{file}: {count} columns are taken as the {role}; choose exactly one.': '{file}：有 {count} 欄被當成{role}；請只選一欄。',
  '`{key}` is {value}, but must be {range}.': '「{key}」為 {value}，但必須是 {range}。',
  '{file}: no user has 3 interactions or more, so there is nothing to train on (interactions: {interactions}, users: {users}); choose a longer log.':
    '{file}：沒有任何使用者有 3 筆以上的互動，因此無從訓練（互動：{interactions}，使用者：{users}）；請選擇較長的紀錄。',
  '{count} files were chosen; open one log, and beside it at most one file of titles.':
    '選了 {count} 個檔案；請開啟一個紀錄檔，另外至多一個標題檔。',
  'Neither or both of {first} and {second} look like a file of item titles; open one log, and beside it at most one file of titles.':
    '無法分辨 {first} 與 {second} 何者是標題檔；請開啟一個紀錄檔，另外至多一個標題檔。',
  '{file} could not be read; it may have been moved or changed since it was chosen.': '無法讀取 {file}；選取之後它可能已被移動或更改。',
  '{file} is damaged ({what}); download or pack it again.': '{file} 已損壞（{what}）；請重新下載或壓縮。',
  '{file} holds no file that looks like a log (it holds {found}); open the log itself, or name the file to read.':
    '{file} 裡沒有像是紀錄的檔案（其中有 {found}）；請直接開啟紀錄檔，或指定要讀取的檔案。',
  '{file} holds no file {entry} (it holds {found}); name one of these.': '{file} 裡沒有檔案 {entry}（其中有 {found}）；請從中選擇。',
  '{file} is {kind}; {advice}.': '{file} 是{kind}；{advice}。',
  '{file}: {entry} in it is {kind}; {advice}.': '{file}：其中的 {entry} 是{kind}；{advice}。',
  '{file}: {entry} in it is a Parquet file of more than {limit} MiB; unpack the archive and open the Parquet file itself.':
    '{file}：其中的 {entry} 是超過 {limit} MiB 的 Parquet 檔；請解開封存檔，直接開啟 Parquet 檔。',
  '{file} is a Parquet file compressed with {codec}, which is not read here; write it with snappy or gzip, or convert it to CSV.':
    '{file} 是以 {codec} 壓縮的 Parquet 檔，這裡無法讀取；請改用 snappy 或 gzip 壓縮，或轉成 CSV。',
  '{file} is a Parquet file that cannot be read ({why}); write it again, or convert it to CSV.':
    '{file} 是無法讀取的 Parquet 檔（{why}）；請重新寫出，或轉成 CSV。',
  'The example cannot be made: `{key}` is {value}, but must be {range}.': '無法產生範例：「{key}」為 {value}，但必須是 {range}。',

  // Settings
  '{key} is {value}; it must be {range}.': '{key} 為 {value}；必須是 {range}。',
  'There is no preset {name}; there are {known}.': '沒有預設組合 {name}；現有 {known}。',
  'There is no setting {key}; did you mean {nearest}?': '沒有設定 {key}；您是指 {nearest} 嗎？',
  'The setting {setting} has no value; write it as KEY=VALUE, such as training.epochs=5.':
    '設定 {setting} 沒有值；請寫成 KEY=VALUE，例如 training.epochs=5。',
  '{key} cannot be {value} ({what}).': '{key} 不能是 {value}（{what}）。',
  'model.hidden_size is {hidden_size} and model.heads is {heads}; hidden_size must be a multiple of heads.':
    'model.hidden_size 為 {hidden_size}，model.heads 為 {heads}；前者必須是後者的倍數。',
  'model.shared_encoder needs model.linear_logvar: without a linear map of its own the log-variance would be the mean itself.':
    'model.shared_encoder 需要 model.linear_logvar：若沒有自己的線性映射，對數變異數就會等於平均值。',
  'objective.prior must be standard where view.mode is deterministic: without a posterior there is nothing to compare with a prior.':
    'view.mode 為確定性時，objective.prior 必須是標準常態：沒有後驗，就沒有可與先驗比較的對象。',
  'objective.prior=adaptive needs objective.reduction=real: padding has no items that a prior could follow from.':
    '自適應的 objective.prior 需要 objective.reduction 為實際位置：填充處沒有項目，先驗無從得出。',
  'objective.kl_schedule=length needs objective.reduction=real: padding has no items to be counted.':
    'objective.kl_schedule 依項目數時，需要 objective.reduction 為實際位置：填充處沒有項目可數。',
  'objective.kl_schedule=length needs model.kind=contrastvae; of bags bag.gamma weighs the KL by the number of items.':
    'objective.kl_schedule 依項目數時，model.kind 必須是 contrastvae；集合式模型以 bag.gamma 依項目數為 KL 加權。',
  'objective.kl_schedule=length needs objective.free_bits=0: free bits are nats of a mean in which all positions count alike.':
    'objective.kl_schedule 依項目數時，objective.free_bits 必須為 0：自由位元是各位置同等計入的平均，單位為 nat。',
  'objective.kl_schedule=cyclical needs objective.kl_annealing_steps above 0, the steps of a cycle.':
    'objective.kl_schedule 反覆上升時，objective.kl_annealing_steps 必須大於 0，即一個週期的步數。',
  'objective.positives other than other_view need objective.contrast_position=last: it is the last position that has the target in common.':
    'objective.positives 不是另一個視角時，objective.contrast_position 必須是最後的位置：目標相同的是最後的位置。',
  'objective.positives must be other_view or same_target where view.mode has one view: the others contrast a second view.':
    'view.mode 只有一個視角時，objective.positives 必須是另一個視角或接著同一項目的歷史：其餘都要與第二個視角對比。',

  // Runs
  'None of the {users} users has the four items that training needs (one to predict from, one to learn, and one each for validation and test); load a longer log.':
    '{users} 位使用者都沒有訓練所需的四個項目（一個作為依據、一個用來學習、驗證與測試各一個）；請載入較長的紀錄。',
  'The {what} became {value} at step {step}[ (first in {culprit})], so the run stopped; lower training.learning_rate, or raise objective.temperature.':
    '{what} 在第 {step} 步變成 {value}[（最先出現在 {culprit}）]，訓練因此停止；請降低 training.learning_rate，或提高 objective.temperature。',
  'The tensor {name} holds {value}, which is no finite number, so the run is not saved; what was saved before stays, go on from there with a lower training.learning_rate.':
    '張量 {name} 含有 {value}，不是有限的數，因此沒有儲存這次訓練；先前儲存的仍在，請降低 training.learning_rate 後從該處接續。',
  'The device failed: {what}. Start the run again, on the CPU if it happens again.':
    '裝置發生錯誤：{what}。請重新開始訓練；若再次發生，請改用 CPU。',
  'This run needs a buffer of {needed} MB on the GPU, and {device} takes at most {most} MB; make the model narrower, leave out rare items, or train on the CPU.':
    '這次訓練在 GPU 上需要 {needed} MB 的緩衝區，而 {device} 最多只接受 {most} MB；請縮小隱藏層大小、略過少見的項目，或改用 CPU 訓練。',
  'There is no user number {user}; the data has {users} users, numbered from 0.':
    '沒有編號 {user} 的使用者；資料有 {users} 位使用者，從 0 編號。',
  'There is no item number {item}; the data has {items} items, numbered from 0.':
    '沒有編號 {item} 的項目；資料有 {items} 個項目，從 0 編號。',
  'The {quantity} is {value} in row {row}, dimension {dimension}; the training has diverged, so lower the learning rate.':
    '第 {row} 列、第 {dimension} 維的 {quantity} 為 {value}；訓練已發散，請降低學習率。',
  'The {quantity} is {value} in row {row}, dimension {dimension}, beyond the limit of {limit} in size; lower the learning rate.':
    '第 {row} 列、第 {dimension} 維的 {quantity} 為 {value}，超過大小的上限 {limit}；請降低學習率。',
  'A deterministic model draws no latents, so there is no posterior to diagnose; train with another view.mode.':
    '確定性模型不抽取潛在變數，因此沒有後驗可以診斷；請改用其他 view.mode 訓練。',

  // Checkpoints
  'run.json cannot be read ({what}); it is damaged, or from another version of this program.':
    '無法讀取 run.json（{what}）；它已損壞，或來自本程式的另一個版本。',
  'run.json has format {found}, but this program reads format {known}; use the version {program} that wrote it.':
    'run.json 的格式為 {found}，但本程式讀取格式 {known}；請使用寫出它的版本 {program}。',
  'model.safetensors cannot be read ({what}); it is damaged or was not written to its end.':
    '無法讀取 model.safetensors（{what}）；它已損壞，或沒有完整寫入。',
  'model.safetensors does not fit run.json: {what}': 'model.safetensors 與 run.json 不符：{what}',
  'The tensor {name} in model.safetensors holds {value}, which is no finite number; the run had failed before it was saved.':
    'model.safetensors 中的張量 {name} 含有 {value}，不是有限的數；這次訓練在儲存之前就已失敗。',
  'This is no checkpoint: it is not a zip archive of model.safetensors and run.json; choose a file that was saved as a checkpoint.':
    '這不是檢查點：它不是包含 model.safetensors 與 run.json 的 zip 封存檔；請選擇儲存為檢查點的檔案。',
  'The run was trained on another split of {name}, with {expected}, but the data was loaded with {found}; load it with the split of the run.':
    '這次訓練用的是「{name}」的另一種切分（{expected}），但目前載入的是 {found}；請以訓練時的切分載入。',
  'The run was trained on {expected} ({expected_users} users, {expected_items} items), but this data is {found} ({found_users} users, {found_items} items) or was filtered in another way; give the same log with the same options.':
    '這次訓練用的是 {expected}（{expected_users} 位使用者、{expected_items} 個項目），但目前的資料是 {found}（{found_users} 位使用者、{found_items} 個項目），或篩選方式不同；請以相同的選項載入相同的紀錄。',

  // What the session says
  'There is no paused run to resume; start one first.': '沒有暫停的訓練可以繼續；請先開始訓練。',
  'There is no model yet; start a run first.': '還沒有模型；請先開始訓練。',
  'There is no run to save yet; start one first.': '還沒有可以儲存的訓練；請先開始訓練。',
  'Nothing is loaded yet; load the example or open a file first.': '尚未載入任何資料；請先載入範例或開啟檔案。',
  'Loading was cancelled; what was loaded before is still there.': '已取消載入；先前載入的資料仍在。',
  'No item is left that may be recommended; ask for fewer interactions, or choose other items.':
    '沒有可以推薦的項目；請降低互動次數的下限，或選擇其他項目。',
  'Everything in this log is invented: readers, books, genres and tastes.': '這份紀錄中的一切都是虛構的：讀者、書、類型與喜好。',

  // What was noticed in a log
  'generated from seed {seed}': '以隨機種子 {seed} 生成',
  'There is no time column, so the order of the {what} is taken as the order in time.': '沒有時間欄，因此以{what}的順序作為時間順序。',
  'There is no header; column {user} is taken as the user and column {item} as the item.':
    '沒有標題列；第 {user} 欄當成使用者，第 {item} 欄當成項目。',
  'No date in {column} tells whether the day or the month comes first; {first} is taken, `--time-unit` says otherwise.':
    '{column} 的日期看不出日與月孰先；以{first}在前，可在「檔案的解讀方式」中更改。',
  'The times in {column} are written in several units ({units}); each is read by its number of digits.':
    '{column} 的時間以數種單位寫成（{units}）；各依其位數讀取。',
  'The table was printed without all of its rows, so some are missing here; export it as CSV.':
    '這份表格列印時省略了部分列，因此這裡缺少一些；請匯出成 CSV。',
  '{time} and {clock} are the time together.': '{time} 與 {clock} 合為時間。',
  '{column} is missing in {percent} % of the lines, so {user} is taken as the user.':
    '{percent} % 的行缺少 {column}，因此以 {user} 作為使用者。',
  'No column names a user, so {column} ({what}) stands in for it.': '沒有欄位指明使用者，因此以 {column}（{what}）代替。',
  'No name in the {names} is known, so {user} is taken as the user and {item} as the item.':
    '欄名都不認得（{names}），因此以 {user} 作為使用者，{item} 作為項目。',
  '{column} is taken as the user, since no other column can be.': '{column} 當成使用者，因為沒有其他欄位可以是。',
  '{column} is taken as the item, since no other column can be.': '{column} 當成項目，因為沒有其他欄位可以是。',
  'No column has identifiers of items, so {column} is taken as the item.': '沒有項目識別碼的欄位，因此以 {column} 作為項目。',
  'None of the items in {file} occurs in the log, so no titles are known.': '{file} 中的項目都不在紀錄裡，因此沒有標題可用。',
  '{file} names {found} of the {items} items; {left} has no title.': '{file} 提供了 {items} 個項目中 {found} 個的標題；{left} 個沒有標題。',
  '{file} names {found} of the {items} items; {left} have no title.':
    '{file} 提供了 {items} 個項目中 {found} 個的標題；{left} 個沒有標題。',
  'Of {genres} genres the {kept} commonest are kept.': '{genres} 種類型中，保留最常見的 {kept} 種。',
  '{file} was read out of {archive}; {others}.': '{file} 讀自 {archive}；{others}。',
}

/** Clauses and words that stand for a value. */
const FRAGMENTS: Readonly<Record<string, string>> = {
  user: '使用者',
  item: '項目',
  time: '時間',
  title: '標題',
  lines: '各行',
  rows: '各列',
  objects: '各物件',
  'the day': '日',
  'the month': '月',
  'a spreadsheet': '試算表',
  'a spreadsheet larger than can be held': '大到無法容納的試算表',
  'a spreadsheet with a password': '有密碼的試算表',
  'a spreadsheet that is damaged or of an unknown kind': '已損壞或種類不明的試算表',
  'a spreadsheet without a value': '沒有任何值的試算表',
  'a zip archive (or a spreadsheet) inside another file': '另一個檔案裡的 zip 封存檔（或試算表）',
  'a Parquet file inside a compressed one': '壓縮檔裡的 Parquet 檔',
  'a Parquet file of items': '項目的 Parquet 檔',
  'an encrypted Parquet file': '加密的 Parquet 檔',
  'a 7z archive': ' 7z 封存檔',
  'a script of SQL': ' SQL 指令稿',
  'an SQLite database': ' SQLite 資料庫',
  'a PDF document': ' PDF 文件',
  'a web page or XML': '網頁或 XML',
  'choose a log as text, such as CSV': '請選擇文字格式的紀錄，例如 CSV',
  'save the sheet as CSV': '請將工作表存成 CSV',
  'save it without one, or the sheet as CSV': '請移除密碼後儲存，或將工作表存成 CSV',
  'choose the one that holds the log': '請選擇含有紀錄的那一個',
  'export the table as CSV': '請將資料表匯出成 CSV',
  'unpack it first': '請先解壓縮',
  'unpack it, or pack it as zip': '請解壓縮，或壓縮成 zip',
  'unpack it, or compress it with gzip': '請解壓縮，或改用 gzip 壓縮',
  'unpack it, or save the sheet as CSV': '請解壓縮，或將工作表存成 CSV',
  'unpack it once and open the file inside': '請先解壓縮一次，再開啟其中的檔案',
  'titles are read from text, so convert it to CSV': '標題要從文字讀取，請轉成 CSV',
  'write it without encryption, or convert it to CSV': '請不加密重新寫出，或轉成 CSV',
}
const FRAGMENT_PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^a whole number from (.+) to (.+)$/, '$1 到 $2 的整數'],
  [/^from (.+) to (.+)$/, '$1 到 $2'],
  [/^compressed (twice )?\((\w+)\)$/, '$2 壓縮檔'],
]

interface Template {
  pattern: RegExp
  names: readonly string[]
  chinese: string
}

/** `{name}` matches the shortest text that lets the rest match; `[…]` may be absent. */
function templateOf([english, chinese]: readonly [string, string]): Template {
  const names: string[] = []
  const source = english
    .split(/(\{\w+\}|\[|\])/)
    .map((part) => {
      if (part === '[') return '(?:'
      if (part === ']') return ')?'
      const name = /^\{(\w+)\}$/.exec(part)?.[1]
      if (name === undefined) return part.replace(/[.*+?^$()|\\{}[\]]/g, '\\$&')
      names.push(name)
      // Of what kind a file is, with an article; anything else could be the beginning of another sentence.
      return name === 'kind' ? '((?:an? |compressed )[\\s\\S]*?)' : '([\\s\\S]*?)'
    })
    .join('')
  return { pattern: new RegExp(`^${source}$`), names, chinese }
}

let templates: readonly Template[] | undefined

/** A sentence of the worker in the language of the page. */
export function inPageLanguage(sentence: string): string {
  return speech.language === 'zh-Hant' ? (chineseOf(sentence) ?? sentence) : sentence
}

/** The sentence in Chinese; undefined if it is not known. */
export function chineseOf(sentence: string): string | undefined {
  templates ??= Object.entries(CHINESE).map(templateOf)
  for (const { pattern, names, chinese } of templates) {
    const found = pattern.exec(sentence)
    if (!found) continue
    const values = new Map(names.map((name, at) => [name, found[at + 1]]))
    const whole = chinese.replace(/\[(.*?)\]/g, (_, part: string) =>
      [...part.matchAll(/\{(\w+)\}/g)].every(([, name]) => values.get(name ?? '') !== undefined) ? part : '',
    )
    return whole.replace(/\{(\w+)\}/g, (_, name: string) => fragment(values.get(name) ?? ''))
  }
  return undefined
}

function fragment(value: string): string {
  const known = FRAGMENTS[value]
  if (known !== undefined) return known
  for (const [pattern, chinese] of FRAGMENT_PATTERNS) if (pattern.test(value)) return value.replace(pattern, chinese)
  return value
}
