/** Makes an element with properties and children. Data from the wire is only ever set as text. */
export function element(name, properties = {}, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
