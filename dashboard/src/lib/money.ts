const LEAST_SHOWN_USD = 0.0001;
// Kept: to make a format takes far longer than to use it, and rows of a list use several.
const FOUR_DECIMALS = withDecimals(4, 4);
const CENTS = withDecimals(2, 2);
const ROUND = withDecimals(0, 6);
const COUNT = withDecimals(0, 3);
const SHORT_COUNT = new Intl.NumberFormat('en-US', {
  notation: 'compact',
  maximumFractionDigits: 1,
});

/** Dollars with four decimals, as the command line shows them; empty when there is no figure. */
export function moneyOf(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) {
    return '';
  }
  if (usd > 0 && usd < LEAST_SHOWN_USD) {
    return `<$${LEAST_SHOWN_USD}`;
  }
  return `$${FOUR_DECIMALS.format(usd)}`;
}

/** Dollars for a place with little room, such as the top bar: cents from a dollar on. */
export function shortMoneyOf(usd: number | null | undefined): string {
  if (usd === null || usd === undefined || usd < 1) {
    return moneyOf(usd);
  }
  return `$${CENTS.format(usd)}`;
}

/** A round figure with no more decimals than it has, such as a mark of an axis: `$0`, `$0.002`, `$50`. */
export function roundMoneyOf(usd: number): string {
  return `$${ROUND.format(usd)}`;
}

/** A count with separators. */
export function countOf(count: number): string {
  return COUNT.format(count);
}

/** A count for a place with little room: `950`, `19.2K`, `1.5M`. */
export function shortCountOf(count: number): string {
  return SHORT_COUNT.format(count);
}

function withDecimals(minimumFractionDigits: number, maximumFractionDigits: number) {
  return new Intl.NumberFormat('en-US', { minimumFractionDigits, maximumFractionDigits });
}
