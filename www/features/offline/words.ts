// Words on the build that is made behind a page of `cargo xtask serve`.

import { both } from '../../shell/text/both'

export const fasterBuild = both(
  {
    underWay: 'This is a quick build for the first minutes. A faster one, with WebGPU, is being made on this machine.',
    ready: 'A faster build is ready.',
    keeps: 'Your run is saved and goes on after the reload.',
    failed: 'The faster build could not be made; the terminal says why. This page works on as it is.',
    reload: 'Reload with the faster build',
    later: 'Later',
  },
  {
    underWay: '目前是先行建置的快速版本。更快、支援 WebGPU 的版本正在這台電腦上建置。',
    ready: '更快的版本已就緒。',
    keeps: '訓練會先儲存，重新載入後接著進行。',
    failed: '無法建置更快的版本，原因請見終端機。本頁可照常使用。',
    reload: '以更快的版本重新載入',
    later: '稍後',
  },
)
