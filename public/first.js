// Settled before any module of the page runs, in words that a browser of 2019 can read.
//
// In: the browser. Out: a language tag that is one; and where the page cannot do without something that is missing, `contrastvaeLacks` and a
// sentence in the place of the page. What is asked for here decides whether a browser is new enough; `www/vite.config.ts` compiles for the
// oldest ones that pass.

{
  // uPlot formats numbers by this tag as soon as it is loaded, and a browser without a locale may call it "C".
  try {
    new Intl.NumberFormat(navigator.language)
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en', configurable: true })
  }

  const needs = {
    'WebAssembly 2.0': () => {
      // The smallest module with all of it that the model code uses; `pkg/src/device.ts` has the same.
      const module = atob('AGFzbQEAAAABDAJgAW8Cf39gAAJ/fwMCAQAFAwEAAQocARoAQQBBAEEA/AsAQwAAAAD8AMBBAP0P/RUACw==')
      return WebAssembly.validate(Uint8Array.from(module, (letter) => letter.charCodeAt(0)))
    },
    ':has()': () => CSS.supports('selector(:has(*))'),
    '@media (width >= …)': () => matchMedia('(width >= 0px)').matches,
    '@container': () => CSS.supports('container-type: inline-size'),
    Worker: () => Worker,
    TransformStream: () => TransformStream,
    structuredClone: () => structuredClone,
  }
  const lacks = Object.keys(needs).filter((name) => {
    try {
      return !needs[name]()
    } catch {
      return true
    }
  })

  if (lacks.length > 0) {
    window.contrastvaeLacks = lacks
    const list = lacks.join(', ')
    const sentences = {
      en: `This browser is too old for ContrastVAE Lab, since it lacks: ${list}. Please update it, or open the page in a current Chrome, Edge, Firefox or Safari.`,
      'zh-Hant': `這個瀏覽器太舊，無法使用 ContrastVAE Lab，因為它缺少：${list}。請更新，或改用目前版本的 Chrome、Edge、Firefox 或 Safari 開啟本頁。`,
    }
    document.addEventListener('DOMContentLoaded', () => {
      for (const language of Object.keys(sentences)) {
        const line = document.createElement('p')
        line.setAttribute('lang', language)
        line.setAttribute('role', 'alert')
        line.textContent = sentences[language]
        document.getElementById('app').appendChild(line)
      }
    })
  }
}
