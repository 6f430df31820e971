/** Says, at the end of `npm test`, what it leaves to the suites that need a heavier part: never in silence. */
import { findChromium } from '../../scripts/tour.ts'
import { findClamd } from '../antivirus/clamd.ts'

export default function setup(): () => void {
  return () => {
    if (process.env.TEST_DATABASE !== undefined) return
    const chromium = findChromium() === null ? 'no Chromium here: apt install chromium' : 'Chromium is here'
    const clamd = findClamd() === null ? 'no clamd here: apt install clamav-daemon' : 'clamd is here'
    process.stdout.write(
      [
        'Not run by npm test, each a suite of its own:',
        `  npm run test:browser     the journeys, axe and the keyboard in a real browser (${chromium})`,
        '  npm run test:postgresql  the same application on a real PostgreSQL (brought by npm)',
        '  npm run test:trust       every address before everybody, and 10,000 hostile requests (slow)',
        '  npm run test:faults      killed processes (slow)',
        '  npm run test:archives    sealed ZIPs up to 5 GB in unzip, 7z, bsdtar, python3 and curl (slow)',
        `  npm run test:antivirus   deposits before a real clamd (${clamd})`,
        '',
      ].join('\n'),
    )
  }
}
