/**
 * Characters that show nothing, or change how those around them show: controls, format characters, line and paragraph separators, spaces that are no space, fillers, variation selectors,
 * tags, halves of surrogate pairs (Unicode, DerivedGeneralCategory: Cc, Cf, Cs, Zl, Zp; PropList: Other_Default_Ignorable_Code_Point).
 */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  /[\0-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\uffff\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}]|\u034f|[\u180b-\u180d]|\u180f|[\ufe00-\ufe0f]|[\u{e0000}-\u{e0fff}]/gu;

/**
 * A text in which nothing is hidden: what does not show stands as JSON escapes it (`\u202e`). Somebody else's text is read by models and by people who confirm changes, and both must read the
 * same.
 */
export function visibleText(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    let escaped = '';
    for (let at = 0; at < character.length; at++) escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
    return escaped;
  });
}
