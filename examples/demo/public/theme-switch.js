const choices = document.querySelectorAll('input[name="theme"]');

/** Offers light, dark and the system's theme. `changed` is called for a change of either. */
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
