const choices = document.querySelectorAll('input[name="theme"]');

/** The switch between light, dark and what the system says; `changed` hears of either. */
export function offerThemes(changed) {
  for (const choice of choices) {
    choice.checked = choice.value === document.documentElement.dataset.theme;
    choice.addEventListener('change', () => {
      document.documentElement.dataset.theme = choice.value;
      localStorage.setItem('theme', choice.value);
      changed();
    });
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}
