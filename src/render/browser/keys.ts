// Which key does what. Letters and arrows work on the selected frame; nothing is taken from the browser that it needs: a second
// Ctrl-F is its own search, and arrows scroll until a frame has the focus.

export interface KeyActions {
  isPopupOpen(): boolean;
  isSearching(): boolean;
  openSearch(): void;
  escape(): void;
  move(to: 'root' | 'parent' | 'child' | 'left' | 'right'): void;
  zoom(): void;
  step(by: 1 | -1): void;
  reverse(): void;
  help(): void;
  hide(): void;
  focus(): void;
  copyName(): void;
  copyStack(): void;
  menu(): void;
}

/** @param inverted frames hang from the root: what lies on a frame is below it */
export function listenToKeys(
  target: Document | Element,
  container: Element,
  inverted: boolean,
  actions: KeyActions,
): void {
  const onFrame: Readonly<Record<string, () => void>> = {
    ArrowUp: () => actions.move(inverted ? 'parent' : 'child'),
    ArrowDown: () => actions.move(inverted ? 'child' : 'parent'),
    ArrowLeft: () => actions.move('left'),
    ArrowRight: () => actions.move('right'),
    Home: () => actions.move('root'),
    Enter: actions.zoom,
    ' ': actions.zoom,
    ContextMenu: actions.menu,
    h: actions.hide,
    f: actions.focus,
    c: actions.copyName,
    C: actions.copyStack,
  };
  const anywhere: Readonly<Record<string, () => void>> = {
    '/': actions.openSearch,
    Escape: actions.escape,
    n: () => actions.step(1),
    N: () => actions.step(-1),
    r: actions.reverse,
    '?': actions.help,
  };

  target.addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event as KeyboardEvent;
    if (event.defaultPrevented || actions.isPopupOpen()) return;
    let action: (() => void) | undefined;
    if (ctrlKey || metaKey || altKey) {
      if (key === 'f' && !altKey && !actions.isSearching()) action = actions.openSearch;
    } else if (!actions.isSearching()) {
      const isOnFrame = container.contains(document.activeElement);
      if (isOnFrame && key === 'F10' && shiftKey) action = actions.menu;
      else action = (isOnFrame ? onFrame[key] : undefined) ?? anywhere[key];
    }
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
