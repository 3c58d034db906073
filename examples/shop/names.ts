/** Where people of the shop live, with names as they are found in real customer tables: accents, quotes, emoji. */
export interface Country {
  readonly code: string
  readonly language: string
  readonly firstNames: readonly [string, ...string[]]
  readonly lastNames: readonly [string, ...string[]]
}

const spain: Country = {
  code: 'ES',
  language: 'es',
  firstNames: [
    'Lucía',
    'María José',
    'Begoña',
    'Íñigo',
    'Álvaro',
    'Nuria',
    'Jesús',
    'Ángela',
    'Óscar',
    'Sofía',
    'Xoán',
    'Mercè',
  ],
  lastNames: [
    'Núñez',
    'García Márquez',
    'Ibáñez',
    'Peña',
    'Muñoz',
    'Etxeberria',
    'Güell',
    'de la Fuente',
    'Castaño',
    'Prat i Roca',
  ],
}

/** Two draws in five give Spain. */
export const countries: readonly [Country, ...Country[]] = [
  spain,
  spain,
  spain,
  spain,
  {
    code: 'FR',
    language: 'fr',
    firstNames: ['Zoé', 'François', 'Hélène', 'Anaïs', 'Loïc', 'Maëlle'],
    lastNames: ["L'Hôpital", 'Lefèvre', 'Béranger', "d'Arc", 'Garçon'],
  },
  {
    code: 'DE',
    language: 'de',
    firstNames: ['Jürgen', 'Käthe', 'Björn', 'Søren', 'Gisela', 'Till "Eule"'],
    lastNames: ['Müller', 'Weiß', 'Schäfer', 'von Groß', 'Köhler'],
  },
  {
    code: 'IE',
    language: 'en',
    firstNames: ['Siobhán', 'Seán', 'Aoife', 'Pádraig', 'Zoë 🌷'],
    lastNames: ["O'Connor", "O'Brien", 'Ní Bhriain', 'Smith, Jr.', 'Mac an tSaoir'],
  },
  {
    code: 'PL',
    language: 'pl',
    firstNames: ['Łukasz', 'Małgorzata', 'Zofia', 'Wojciech'],
    lastNames: ['Wiśniewski', 'Żak', 'Dąbrowska', 'Błaszczyk'],
  },
  {
    code: 'TR',
    language: 'tr',
    firstNames: ['İpek', 'Gökçe', 'Işıl', 'Oğuz'],
    lastNames: ['Yıldız', 'Çelik', 'Öztürk', 'Şahin'],
  },
  {
    code: 'JP',
    language: 'ja',
    firstNames: ['さくら', '健太', '陽子', '翔'],
    lastNames: ['佐藤', '鈴木', '高橋', '田中'],
  },
]

/** The name as the left part of an e-mail address takes it: plain Latin letters, or nothing. */
export function asMailbox(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll('ł', 'l')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase()
}
