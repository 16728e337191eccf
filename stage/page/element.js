/**
 * Makes an element. Text becomes text, never markup.
 * @param {string} name tag, with classes: `button.plain`
 * @param {Record<string, unknown>} [properties] `on…` are listeners, `data` a record, others properties or attributes
 * @param {...(Node | string | null | undefined)} children
 */
export function element(name, properties = {}, ...children) {
  const [tag = 'div', ...classes] = name.split('.')
  const made = document.createElement(tag)
  made.classList.add(...classes)
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'data') Object.assign(made.dataset, value)
    else if (key.startsWith('on')) made.addEventListener(key.slice(2), value)
    else if (key in made) made[key] = value
    else made.setAttribute(key, String(value))
  }
  made.append(...children.filter((child) => child !== null && child !== undefined))
  return made
}
