// Runs before anything is painted, so that the page does not flash in the other theme.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('yaa.theme');
  } catch {
    // A browser that keeps nothing gets the default.
  }
  document.documentElement.dataset.theme = chosen === 'light' ? 'light' : 'dark';
})();
