// What scripts say stands in the page, in its language: attributes data-said-… of an element.

export function sayer(element) {
  return (name, values = {}) => {
    const sentence = element.dataset[`said${name[0].toUpperCase()}${name.slice(1)}`] ?? "";
    return sentence.replace(/\{(\w+)\}/g, (_, value) => values[value]);
  };
}
