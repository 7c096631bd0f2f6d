// Sets the chosen theme before the first paint; without a choice the system's applies (tokens.css).
try {
  const theme = localStorage.getItem('dogwatch-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be closed to us: the system's theme it is.
}
