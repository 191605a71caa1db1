const LEAST_SHOWN_USD = 0.0001;
const DECIMALS = 4;

/** Dollars with four decimals, as the command line shows them; empty when there is no figure. */
export function moneyOf(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) {
    return '';
  }
  if (usd > 0 && usd < LEAST_SHOWN_USD) {
    return `<$${LEAST_SHOWN_USD}`;
  }
  return `$${fixed(usd, DECIMALS)}`;
}

/** Dollars for a place with little room, such as the top bar: cents from a dollar on. */
export function shortMoneyOf(usd: number | null | undefined): string {
  if (usd === null || usd === undefined || usd < 1) {
    return moneyOf(usd);
  }
  return `$${fixed(usd, 2)}`;
}

/** A round figure with no more decimals than it has, such as a mark of an axis: `$0`, `$0.002`, `$50`. */
export function roundMoneyOf(usd: number): string {
  return `$${usd.toLocaleString('en-US', { maximumFractionDigits: 6 })}`;
}

/** A count with separators. */
export function countOf(count: number): string {
  return count.toLocaleString('en-US');
}

function fixed(value: number, decimals: number): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}
