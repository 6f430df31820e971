/** What a browser says of itself, in the few words by which a person knows it again. */

const BROWSERS: ReadonlyArray<[mark: RegExp, name: string]> = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|Chromium|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]

const SYSTEMS: ReadonlyArray<[mark: RegExp, name: string]> = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** Such as « Firefox sur Windows »; what is not known is not guessed. */
export function browserWords(userAgent: string | null): string {
  if (userAgent === null) return 'Navigateur inconnu'
  const nameIn = (marks: typeof BROWSERS) => marks.find(([mark]) => mark.test(userAgent))?.[1]
  const browser = nameIn(BROWSERS) ?? 'Autre navigateur'
  const system = nameIn(SYSTEMS)
  return system === undefined ? browser : `${browser} sur ${system}`
}
