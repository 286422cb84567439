// What the visitor's system prefers, and the colours that canvases need as values.

class Theme {
  dark = $state(false)
  calm = $state(false)

  constructor() {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const calm = matchMedia('(prefers-reduced-motion: reduce)')
    this.dark = dark.matches
    this.calm = calm.matches
    dark.addEventListener('change', () => (this.dark = dark.matches))
    calm.addEventListener('change', () => (this.calm = calm.matches))
  }

  /** The value of a token in the present theme; who calls it in an effect is called again when the theme changes. */
  token(name: string): string {
    void this.dark
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  }
}

export const theme = new Theme()
