// The tables beside the graph as elements: a row of tabs, and below it the rows of the chosen table. A click on a row focuses on
// what it is about.

import { formatCount, formatPercent } from '../../../model/units.ts';
import { changeShare, valueText } from '../../meaning.ts';
import type { PageHeading } from '../../page-format.ts';
import { htmlElement } from '../elements.ts';
import type { Measure } from './measures.ts';
import type { Row, Table } from './tables.ts';

export interface TableView {
  readonly element: HTMLElement;
  /** @param whole what shares are of @param only items that are focused on */
  show(table: Table, rows: readonly Row[], measure: Measure, whole: number, only: readonly string[]): void;
}

export function makeTableView(
  tables: readonly Table[],
  heading: PageHeading,
  onTable: (label: string) => void,
  onRow: (item: string) => void,
): TableView {
  const isDifference = heading.painting === 'difference';
  const tabs = tables.map(({ label }, i) => {
    const tab = htmlElement('button', { type: 'button', role: 'tab', id: `tab${i}`, 'aria-controls': 'rows' }, label);
    tab.addEventListener('click', () => onTable(label));
    return tab;
  });
  const list = htmlElement('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Tables' }, ...tabs);
  list.addEventListener('keydown', (event) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : undefined;
    const at = tabs.indexOf(document.activeElement as HTMLButtonElement);
    if (by === undefined || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = tabs[(at + by + tabs.length) % tabs.length];
    next?.focus();
    next?.click();
  });
  const body = htmlElement('tbody');
  const head = htmlElement('thead');
  const note = htmlElement('p', { class: 'note' });
  const panel = htmlElement(
    'div',
    { class: 'rows', id: 'rows', role: 'tabpanel', tabindex: '0' },
    htmlElement('table', {}, head, body),
    note,
  );
  const element = htmlElement('aside', { class: 'tables', 'aria-label': 'Tables' }, list, panel);

  return {
    element,
    show(table, rows, measure, whole, only) {
      for (const [i, tab] of tabs.entries()) {
        const isOn = tables[i] === table;
        tab.setAttribute('aria-selected', String(isOn));
        tab.tabIndex = isOn ? 0 : -1;
        if (isOn) panel.setAttribute('aria-labelledby', tab.id);
      }
      const { column, countname, factor, label } = measure;
      // the heading says what is counted
      const isCounted = column.unit === 'calls' || column.unit === 'samples';
      const text = (value: number) =>
        isCounted ? formatCount(value / factor) : valueText(value / factor, column, countname);
      const titles = isDifference ? [table.noun, 'before', 'after', 'change', ''] : [table.noun, label, 'share'];
      head.replaceChildren(htmlElement('tr', {}, ...titles.map((title) => htmlElement('th', { scope: 'col' }, title))));
      const most = Math.max(...rows.map(sizeOf), Number.MIN_VALUE);
      body.replaceChildren(...rows.map(rowElement));
      note.textContent = rows.length === 0 ? 'Nothing here.' : '';

      function sizeOf({ value, before, after }: Row): number {
        return isDifference ? Math.abs(after - before) : value;
      }

      function rowElement(row: Row): HTMLElement {
        const { item } = row;
        const isOn = item !== undefined && only.includes(item);
        const name = htmlElement('td', { class: 'name' });
        if (item === undefined) {
          const stack = htmlElement('span', { class: 'stack', title: row.label });
          stack.append(htmlElement('bdi', {}, row.label));
          name.append(stack);
        } else {
          const focus = htmlElement('button', { type: 'button', 'aria-pressed': String(isOn), title: row.label });
          focus.append(htmlElement('bdi', {}, row.label));
          focus.addEventListener('click', () => onRow(item));
          name.append(focus);
        }
        const bar = htmlElement('span', { class: 'share' });
        bar.style.width = `${((sizeOf(row) / most) * 100).toFixed(1)}%`;
        name.append(bar);
        const delta = row.after - row.before;
        const values = isDifference
          ? [
              text(row.before),
              text(row.after),
              delta === 0 ? '' : `${delta > 0 ? '+' : '−'}${text(Math.abs(delta))}`,
              changeShare(row.before, row.after),
            ]
          : [text(row.value), formatPercent(row.value, whole)];
        const cells = values.map((value) => htmlElement('td', {}, value));
        if (delta !== 0)
          for (const cell of cells.slice(2)) cell.classList.add(delta > 0 !== heading.negate ? 'warm' : 'cool');
        return htmlElement('tr', isOn ? { class: 'on' } : {}, name, ...cells);
      }
    },
  };
}
