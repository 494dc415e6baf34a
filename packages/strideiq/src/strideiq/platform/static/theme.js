// Runs before the page is drawn, so that a chosen theme never flashes the other one.
const chosenTheme = localStorage.getItem("theme");
if (chosenTheme) document.documentElement.dataset.theme = chosenTheme;
